import type { ClusterReply, MissingNode } from "@halyard/contracts";
import { check, checkEqual, show } from "../check.ts";
import { within } from "../wait.ts";
import { checkReplies, endless, EVERYONE, replies } from "./adapter-node.ts";
import type { AdapterScenario } from "./adapter-scenario.ts";

const askServers = { kind: "serverEventWithAck", data: ["who"] } as const;

/** Cases about servers that come and go. */
export const membershipCases: readonly AdapterScenario[] = [
  {
    name: "the first server of a cluster is alone",
    async run(scene) {
      const node = await scene.serve().open("/");
      await node.counts(1);
      checkEqual(await node.ask({ kind: "fetchSockets", to: EVERYONE }), [], "the replies");
    },
  },
  {
    name: "servers that join later are counted, reached and asked",
    async run(scene) {
      const first = await scene.serve().open("/");
      await first.counts(1);
      const second = await scene.serve().open("/");
      second.answer = () => replies({ kind: "ack", data: [2] });
      for (const node of [first, second]) await node.counts(2);
      first.say(1);
      await second.executes(1);
      checkReplies(await first.ask(askServers), [{ kind: "ack", data: [2] }]);
    },
  },
  {
    name: "a server that leaves is counted, and waited for, no longer",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = (_query, signal) => endless(signal);
      c.answer = () => replies({ kind: "ack", data: ["c"] });
      const asking = a.ask(askServers);
      await b.isAsked(1);
      await within(b.adapter.close(), scene.timeoutMs, "close() settles");
      checkMissing(await asking, "c");
      for (const node of [a, c]) await node.counts(2);
      checkReplies(await a.ask(askServers), [{ kind: "ack", data: ["c"] }]);
    },
  },
  {
    name: "a server that dies is noticed, in the middle of a query, too",
    needs: (stage) => stage.kill !== undefined,
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = (_query, signal) => endless(signal);
      c.answer = () => replies({ kind: "ack", data: ["c"] });
      const asking = a.ask(askServers);
      await b.isAsked(1);
      await scene.stage.kill?.(scene.serverOf(b).factory);
      checkMissing(await asking, "c");
      for (const node of [a, c]) await node.counts(2);
      checkReplies(await a.ask(askServers), [{ kind: "ack", data: ["c"] }]);
    },
  },
  {
    name: "a namespace that only some servers have is nobody's wait",
    async run(scene) {
      const [a, b] = await scene.three();
      const [shop, other] = [await scene.serverOf(a).open("/shop"), await scene.serverOf(b).open("/shop")];
      other.answer = () => replies({ kind: "ack", data: ["shop"] });
      await shop.until(
        async () => (await shop.adapter.serverCount()) >= 2,
        () => "the servers that have the namespace are counted",
      );
      checkReplies(await shop.ask(askServers), [{ kind: "ack", data: ["shop"] }]);
      await other.adapter.close();
      await shop.until(
        async () => (await shop.ask(askServers)).length === 0,
        () => "nobody answers for the namespace any more",
      );
    },
  },
];

/** Fails the case unless one server has answered, and another is named as gone. */
function checkMissing(answers: readonly (ClusterReply | MissingNode)[], answer: string): void {
  check(answers.length === 2, `the replies: expected two, got ${show(answers)}`);
  check(
    answers.some((reply) => reply.kind === "ack" && reply.data[0] === answer),
    `expected the answer of the server that stays, got ${show(answers)}`,
  );
  check(
    answers.some((reply) => reply.kind === "missing" && reply.reason === "left" && reply.node !== ""),
    `expected the name of the server that has left, got ${show(answers)}`,
  );
}

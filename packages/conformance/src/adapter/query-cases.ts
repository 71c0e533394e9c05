import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { check, checkEqual, show } from "../check.ts";
import { within } from "../wait.ts";
import { checkReplies, endless, EVERYONE, replies } from "./adapter-node.ts";
import type { AdapterScenario } from "./adapter-scenario.ts";

const askServers = { kind: "serverEventWithAck", data: ["who", 1] } as const;
const askClients = {
  kind: "broadcastWithAck",
  to: { rooms: ["r"], except: ["s"] },
  data: ["who", Uint8Array.of(1, 255)],
  timeoutMs: 5_000,
  volatile: false,
  compress: true,
} as const;

/** Cases about queries. */
export const queryCases: readonly AdapterScenario[] = [
  {
    name: "a query reaches every other server, once, as it was; it ends when all have answered",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = () => replies({ kind: "ack", data: ["b"] });
      c.answer = () => replies({ kind: "ack", data: [{ c: [Uint8Array.of(1, 255)] }] });
      const answers = await a.ask(askServers);
      const [first, second] = answers.toSorted((one) => (one.kind === "ack" && one.data[0] === "b" ? -1 : 1));
      checkEqual(
        [first, second],
        [
          { kind: "ack", data: ["b"] },
          { kind: "ack", data: [{ c: [Uint8Array.of(1, 255)] }] },
        ],
        "the replies",
      );
      check(answers.length === 2, `the replies: expected two, got ${show(answers)}`);
      for (const node of [b, c]) checkEqual(node.asked, [askServers], "the queries");
      checkEqual(a.asked, [], "the queries of the server that has asked");
    },
  },
  {
    name: "sockets are described whole, however many there are",
    async run(scene) {
      const [a, b, c] = await scene.three();
      const describe = (id: string): ClusterReply => ({
        kind: "socket",
        socket: { id, rooms: [id, "r"], handshake: { url: "/?x=1", headers: {} }, data: { name: id } },
      });
      const of = (node: string): ClusterReply[] =>
        Array.from({ length: 600 }, (_, index) => describe(`${node} ${index}`));
      b.answer = () => replies(...of("b"));
      c.answer = () => replies(...of("c"));
      const query = { kind: "fetchSockets", to: { rooms: ["r"], except: ["s"] } } as const;
      const answers = await a.ask(query);
      checkReplies(answers, [...of("b"), ...of("c")]);
      checkEqual(b.asked, [query], "the queries");
    },
  },
  {
    name: "counts and rooms come from every server",
    async run(scene) {
      const [a, b, c] = await scene.three();
      for (const node of [b, c])
        node.answer = ({ kind }) =>
          kind === "count" ? replies({ kind, count: 7 }) : replies({ kind: "room", room: "r", count: 2 });
      const counts = await a.ask({ kind: "count", to: EVERYONE });
      checkEqual(sum(counts), 14, "the sum of the counts");
      checkEqual(sum(await a.ask({ kind: "rooms" })), 4, "the members of the room");
      checkEqual(isAskedForOwn(b.asked), false, "whether sockets' own rooms were asked for");
      await a.ask({ kind: "rooms", withOwn: true });
      checkEqual(isAskedForOwn(b.asked), true, "whether sockets' own rooms were asked for");
    },
  },
  {
    name: "the answers of clients come as they are given, and end with the last one",
    async run(scene) {
      const [a, b, c] = await scene.three();
      let answer = (): void => {};
      const later = new Promise<void>((resolve) => (answer = resolve));
      b.answer = async function* () {
        yield { kind: "expect", count: 2 };
        yield { kind: "ack", data: ["first"] };
        await later;
        yield { kind: "ack", data: ["second"] };
      };
      c.answer = () => replies({ kind: "expect", count: 0 });
      const seen: unknown[] = [];
      const reading = (async () => {
        for await (const reply of a.adapter.query(askClients, new AbortController().signal))
          if (reply.kind === "ack") seen.push(reply.data[0]);
      })();
      await a.until(
        () => seen.length === 1,
        () => "the first answer arrives before the second is given",
      );
      answer();
      await within(reading, scene.timeoutMs, "the query ends");
      checkEqual(seen, ["first", "second"], "the answers");
      checkEqual(b.asked, [askClients], "the queries");
    },
  },
  {
    name: "a server whose clients have left before they answered is not waited for",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = () => replies({ kind: "expect", count: 2 }, { kind: "ack", data: [1] });
      c.answer = () => replies({ kind: "expect", count: 0 });
      checkReplies(await a.ask(askClients), [
        { kind: "expect", count: 2 },
        { kind: "ack", data: [1] },
        { kind: "expect", count: 0 },
      ]);
    },
  },
  {
    name: "when the time is over, what has arrived is there, and who has not finished is named",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = () => replies({ kind: "ack", data: ["b"] });
      c.answer = (_query, signal) => endless(signal);
      const controller = new AbortController();
      const seen: (ClusterReply | MissingNode)[] = [];
      const reading = (async () => {
        for await (const reply of a.adapter.query(askServers, controller.signal)) seen.push(reply);
      })();
      await c.isAsked(1);
      await a.until(
        () => seen.length === 1,
        () => "the answer of the server that has answered arrives",
      );
      controller.abort();
      await within(reading, scene.timeoutMs, "the query ends when its time is over");
      checkEqual(seen[0], { kind: "ack", data: ["b"] }, "the first reply");
      check(seen.length === 2, `the replies: expected two, got ${show(seen)}`);
      const missing = seen[1];
      check(missing?.kind === "missing" && missing.node !== "", `expected a server's name, got ${show(missing)}`);
      checkEqual(missing.reason, "silent", "why it is missing");
    },
  },
  {
    name: "a query whose time is over before it begins ends at once",
    async run(scene) {
      const [a, b] = await scene.three();
      b.answer = (_query, signal) => endless(signal);
      const controller = new AbortController();
      controller.abort();
      const answers = await a.ask(askServers, controller.signal);
      check(
        answers.every(({ kind }) => kind === "missing"),
        `expected nothing but missing servers, got ${show(answers)}`,
      );
    },
  },
  {
    name: "queries at the same time get their own answers",
    async run(scene) {
      const [a, b, c] = await scene.three();
      for (const node of [b, c])
        node.answer = async function* (query) {
          const number = query.kind === "serverEventWithAck" ? Number(query.data[1]) : 0;
          if (number % 2 === 0) await scene.settle();
          yield { kind: "ack", data: [number] };
        };
      const numbers = Array.from({ length: 20 }, (_, index) => index);
      const asking = [a, b].flatMap((node) =>
        numbers.map(async (number) => {
          const answers = await node.ask({ kind: "serverEventWithAck", data: ["who", number] });
          return answers.map((reply) => reply.kind === "ack" && reply.data[0]);
        }),
      );
      a.answer = b.answer;
      for (const [index, answers] of (await Promise.all(asking)).entries())
        checkEqual(answers, [index % 20, index % 20], "the answers to one of many queries");
    },
  },
  {
    name: "a query can be left before its end",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = (_query, signal) => endless(signal, { kind: "expect", count: 2 }, { kind: "ack", data: [1] });
      c.answer = () => replies({ kind: "expect", count: 0 });
      const leaving = (async () => {
        for await (const reply of a.adapter.query(askClients, new AbortController().signal))
          if (reply.kind === "ack") return true;
        return false;
      })();
      check(await within(leaving, scene.timeoutMs, "the answer arrives"), "the answer did not arrive");
      b.answer = c.answer;
      const again: ClusterQuery = { ...askClients, data: ["again"] };
      checkReplies(await a.ask(again), [
        { kind: "expect", count: 0 },
        { kind: "expect", count: 0 },
      ]);
    },
  },
  {
    name: "a server that fails to answer does not spoil the answers of the others",
    async run(scene) {
      const [a, b, c] = await scene.three();
      b.answer = () => replies({ kind: "ack", data: ["b"] });
      c.answer = () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("cannot answer")) }),
      });
      const controller = new AbortController();
      const asking = a.ask(askServers, controller.signal);
      await c.isAsked(1);
      await scene.settle();
      controller.abort();
      const answers = await asking;
      check(
        answers.some((reply) => reply.kind === "ack" && reply.data[0] === "b"),
        `expected the other server's answer, got ${show(answers)}`,
      );
      a.say(1);
      await c.executes(1);
    },
  },
];

function sum(list: readonly (ClusterReply | MissingNode)[]): number {
  let total = 0;
  for (const reply of list) if (reply.kind === "count" || reply.kind === "room") total += reply.count;
  return total;
}

/** Whether the last query wants the rooms that sockets have for themselves. */
function isAskedForOwn(asked: readonly ClusterQuery[]): boolean {
  const last = asked.at(-1);
  return last?.kind === "rooms" && last.withOwn === true;
}

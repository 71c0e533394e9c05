import { checkEqual } from "../check.ts";
import { EVERYONE } from "./adapter-node.ts";
import type { AdapterScenario } from "./adapter-scenario.ts";

/** Cases for adapters of servers that reach nobody. */
export const aloneCases: readonly AdapterScenario[] = [
  {
    name: "a server that is alone counts itself",
    async run(scene) {
      const node = await scene.serve().open("/");
      await node.counts(1);
    },
  },
  {
    name: "what a server that is alone publishes comes back to nobody",
    async run(scene) {
      const server = scene.serve();
      const [node, other] = [await server.open("/"), await server.open("/other")];
      node.say(1);
      await scene.settle();
      for (const { executed } of [node, other]) checkEqual(executed, [], "the commands");
    },
  },
  {
    name: "a server that is alone has nobody to ask",
    async run(scene) {
      const node = await scene.serve().open("/");
      checkEqual(await node.ask({ kind: "fetchSockets", to: EVERYONE }), [], "the replies");
      checkEqual(node.asked, [], "the queries");
    },
  },
];

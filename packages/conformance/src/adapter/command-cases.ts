import type { ClusterCommand } from "@halyard/contracts";
import { check, checkEqual } from "../check.ts";
import { broadcast, EVERYONE } from "./adapter-node.ts";
import type { AdapterScenario } from "./adapter-scenario.ts";

const MANY = 200;

/** Cases about commands. */
export const commandCases: readonly AdapterScenario[] = [
  {
    name: "a command reaches every other server, once, and not its own",
    async run(scene) {
      const [a, b, c] = await scene.three();
      a.say(1);
      await b.executes(1);
      await c.executes(1);
      await scene.settle();
      for (const node of [b, c]) node.expectNumbers([1]);
      a.expectNumbers([]);
    },
  },
  {
    name: "every kind of command arrives as it was",
    async run(scene) {
      const [a, b] = await scene.three();
      const to = { rooms: ["r", "s"], except: ["t"] };
      const commands: ClusterCommand[] = [
        { kind: "broadcast", to, data: ["x", 1, { a: [null, "ü"] }], volatile: true, compress: false },
        broadcast(EVERYONE, ["bytes", Uint8Array.of(0, 128, 255)]),
        { kind: "join", to, rooms: ["u", "v"] },
        { kind: "leave", to: { rooms: [], except: ["t"] }, rooms: ["u"] },
        { kind: "serverEvent", data: ["hello", { a: 1 }, Uint8Array.of(1)] },
        { kind: "disconnect", to, closeConnection: true },
        { kind: "disconnect", to, closeConnection: false },
      ];
      for (const command of commands) a.adapter.publish(command);
      await b.executes(commands.length);
      const placed = b.executed.map((command) => {
        if (command.kind !== "broadcast") return command;
        const { offset: _, ...plain } = command; // backends that keep messages tell the place
        return plain;
      });
      checkEqual(placed, commands, "the commands");
    },
  },
  {
    name: "commands of one server arrive in order, whatever their kinds",
    async run(scene) {
      const [a, b, c] = await scene.three();
      for (const { adapter } of [b, c]) adapter.roomChanged?.("r", "created");
      await scene.settle();
      for (let number = 0; number < MANY; number++) {
        if (number % 3 === 0) a.adapter.publish({ kind: "serverEvent", data: ["event", number] });
        else if (number % 3 === 1) a.say(number);
        else a.adapter.publish(broadcast({ rooms: ["r"], except: [] }, ["event", number]));
        if (number % 50 === 0) await scene.settle();
      }
      for (const node of [b, c]) {
        await node.executes(MANY);
        node.expectNumbers(Array.from({ length: MANY }, (_, index) => index));
      }
    },
  },
  {
    name: "a command is for the namespace that it was published in",
    async run(scene) {
      const [first, second] = [scene.serve(), scene.serve()];
      const [a, shop] = [await first.open("/"), await first.open("/shop")];
      const [b, otherShop] = [await second.open("/"), await second.open("/shop")];
      for (const node of [a, shop, b, otherShop]) await node.counts(2);
      shop.say(1);
      a.say(2);
      await otherShop.executes(1);
      await b.executes(1);
      await scene.settle();
      otherShop.expectNumbers([1]);
      b.expectNumbers([2]);
      shop.expectNumbers([]);
    },
  },
  {
    name: "what a command holds is read when it is published, not later",
    async run(scene) {
      const [a, b] = await scene.three();
      const list = [1];
      a.say(1, list);
      list.push(2);
      await b.executes(1);
      const [command] = b.executed;
      checkEqual(command?.kind === "broadcast" && command.data[2], [1], "the event's argument");
    },
  },
  {
    name: "data that cannot be sent concerns nobody else",
    async run(scene) {
      const [a, b] = await scene.three();
      const circular: unknown[] = [];
      circular.push(circular);
      a.say(1, circular);
      a.say(2);
      await b.executes(1);
      await scene.settle();
      b.expectNumbers([2]);
    },
  },
  {
    name: "rooms that come and go leave the rest as it was",
    async run(scene) {
      const [a, b] = await scene.three();
      for (let index = 0; index < 1_000; index++) {
        b.adapter.roomChanged?.(`r${index % 100}`, "created");
        b.adapter.roomChanged?.(`r${index % 100}`, "deleted");
      }
      b.adapter.roomChanged?.("r", "created");
      await scene.settle();
      a.adapter.publish(broadcast({ rooms: ["r"], except: [] }, ["event", 1]));
      a.say(2);
      await b.executes(2);
      checkEqual(new Set(b.numbers).size, 2, "different events that arrived");
    },
  },
  {
    name: "a closed adapter takes and delivers nothing, without an error",
    async run(scene) {
      const [a, b, c] = await scene.three();
      await b.adapter.close();
      await b.adapter.close();
      b.say(1);
      a.say(2);
      await c.executes(1);
      await scene.settle();
      c.expectNumbers([2]);
      b.expectNumbers([]);
      checkEqual(await b.ask({ kind: "fetchSockets", to: EVERYONE }), [], "the replies");
      check(c.asked.length === 0, "a closed adapter has asked somebody");
    },
  },
];

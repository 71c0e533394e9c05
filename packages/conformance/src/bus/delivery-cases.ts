import { check, checkEqual } from "../check.ts";
import { within } from "../wait.ts";
import { checkMessage, type BusNode } from "./bus-node.ts";
import type { BusScenario, BusScene } from "./bus-scenario.ts";

const MANY = 200;

/** Cases about who gets what, and how. */
export const deliveryCases: readonly BusScenario[] = [
  {
    name: "each node has a name of its own",
    async run(scene) {
      const names = [1, 2, 3].map(() => scene.prepare().bus.nodeId);
      check(new Set(names).size === 3, `expected three different names, got ${names.join(", ")}`);
    },
  },
  {
    name: "a published message reaches every other node, once, and not its own",
    async run(scene) {
      const [a, b, c] = await joinThree(scene);
      const message = a.event(1);
      a.bus.publish(message);
      await b.receives(1);
      await c.receives(1);
      await scene.settle();
      checkMessage(b.received[0], message);
      for (const node of [b, c]) node.expectNumbers([1]);
      a.expectNumbers([]);
    },
  },
  {
    name: "a message to one node reaches it, once",
    async run(scene) {
      const [a, b, c] = await joinThree(scene);
      const message = a.answer(1);
      a.bus.send(message, c.bus.nodeId);
      await c.receives(1);
      await scene.settle();
      checkMessage(c.received[0], message);
      c.expectNumbers([1]);
      a.expectNumbers([]);
      check(b.received.length <= 1, "another node got it more than once");
    },
  },
  {
    name: "messages of one node arrive in order",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      const numbers = Array.from({ length: MANY }, (_, index) => index);
      for (const number of numbers) a.bus.publish(a.event(number));
      await b.receives(MANY);
      b.expectNumbers(numbers);
    },
  },
  {
    name: "messages of one node arrive in order, however they are spread over time",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      for (let number = 0; number < MANY; number++) {
        a.bus.publish(a.event(number));
        if (number % 50 === 0) await scene.settle();
      }
      await b.receives(MANY);
      b.expectNumbers(Array.from({ length: MANY }, (_, index) => index));
    },
  },
  {
    name: "two nodes that publish at once both reach the third, each in order",
    async run(scene) {
      const [a, b, c] = await joinThree(scene);
      for (let number = 0; number < MANY; number++) {
        a.bus.publish(a.event(number));
        b.bus.publish(b.event(1_000 + number));
      }
      await c.receives(2 * MANY);
      const { numbers } = c;
      const from = (least: number): number[] =>
        numbers.filter((number) => typeof number === "number" && number >= least && number < least + MANY) as number[];
      for (const least of [0, 1_000])
        checkEqual(
          from(least),
          Array.from({ length: MANY }, (_, index) => least + index),
          "the messages of one node",
        );
    },
  },
  {
    name: "a message of any namespace reaches every node",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      for (const { bus } of [a, b]) bus.topicChanged?.({ namespace: "/shop" }, "created");
      await scene.settle(); // a backend may take a moment to subscribe
      a.bus.publish(a.event(1, [], "/shop"));
      a.bus.publish(a.event(2));
      await b.receives(2);
      checkMessage(
        b.received.find(
          (message) => typeof message === "object" && message !== null && "nsp" in message && message.nsp === "/shop",
        ),
        a.event(1, [], "/shop"),
      );
    },
  },
  {
    name: "a message for a room reaches a node that has the room",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      for (let round = 0; round < 3; round++) {
        b.bus.topicChanged?.({ namespace: "/", room: "r" }, "created");
        await scene.settle();
        a.bus.publish(a.event(round, [], "/", ["r"]));
        await b.receives(round + 1);
        b.bus.topicChanged?.({ namespace: "/", room: "r" }, "deleted");
      }
      b.expectNumbers([0, 1, 2]);
    },
  },
  {
    name: "data arrives as it was sent: text of every script, numbers, nesting and bytes",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      for (const extra of [
        ["héllo, wörld", "你好", "🚢", '"\\\n\u2028', ""],
        [0, -1, 1.5, 2 ** 53, true, false, null],
        [{ a: { b: [1, { c: [] }] }, "with space": 1 }],
        [bytes, { at: [bytes.subarray(3, 7)] }, new Uint8Array(0)],
      ])
        a.bus.publish(a.event(1, extra));
      await b.receives(4);
      checkMessage(b.received[0], a.event(1, ["héllo, wörld", "你好", "🚢", '"\\\n\u2028', ""]));
      checkMessage(b.received[1], a.event(1, [0, -1, 1.5, 2 ** 53, true, false, null]));
      checkMessage(b.received[2], a.event(1, [{ a: { b: [1, { c: [] }] }, "with space": 1 }]));
      checkMessage(b.received[3], a.event(1, [bytes, { at: [bytes.subarray(3, 7)] }, new Uint8Array(0)]));
    },
  },
  {
    name: "data is read when it is published, not later",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      const list = [1];
      const bytes = Uint8Array.of(1, 2);
      a.bus.publish(a.event(1, [list, bytes]));
      list.push(2);
      bytes[0] = 9;
      await b.receives(1);
      checkMessage(b.received[0], a.event(1, [[1], Uint8Array.of(1, 2)]));
    },
  },
  {
    name: "large messages arrive whole",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      const size = scene.harness.largeMessageBytes ?? 300_000;
      const extra = ["x".repeat(size), new Uint8Array(size).fill(7)];
      a.bus.publish(a.event(1, extra));
      a.bus.publish(a.event(2));
      await b.receives(2);
      checkMessage(b.received[0], a.event(1, extra));
    },
  },
  {
    name: "batches change neither content nor order",
    async run(scene) {
      const [a, b, c] = await joinThree(scene);
      for (const { bus } of [a, b, c]) bus.allowBatches?.(true);
      const total = 3 * MANY;
      for (let number = 0; number < total; number++) {
        if (number === MANY) a.bus.allowBatches?.(false);
        if (number === 2 * MANY) a.bus.allowBatches?.(true);
        a.bus.publish(a.event(number));
        if (number % 10 === 0) a.bus.send(a.answer(10_000 + number), c.bus.nodeId);
      }
      await b.receives(total);
      await c.receives(total + total / 10);
      const isEvent = (number: unknown): boolean => typeof number === "number" && number < 10_000;
      const numbers = Array.from({ length: total }, (_, index) => index);
      for (const node of [b, c]) checkEqual(node.numbers.filter(isEvent), numbers, "the events that arrived");
      checkEqual(
        c.numbers.filter((number) => !isEvent(number)),
        numbers.filter((number) => number % 10 === 0).map((number) => 10_000 + number),
        "the answers that arrived",
      );
    },
  },
  {
    name: "what waits for its batch is sent when the bus is closed, and read by who was told nothing of batches",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      a.bus.allowBatches?.(true);
      const numbers = Array.from({ length: MANY }, (_, index) => index);
      for (const number of numbers) a.bus.publish(a.event(number, ["x".repeat(number * 10)]));
      await a.bus.close();
      await b.receives(MANY);
      b.expectNumbers(numbers);
    },
  },
  {
    name: "counts the other nodes, if it can",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      const { bus } = a;
      if (bus.peerCount === undefined) return;
      await a.until(
        async () => (await bus.peerCount?.("/")) === 2,
        () => "two other nodes are counted",
      );
      await b.bus.close();
      await a.until(
        async () => (await bus.peerCount?.("/")) === 1,
        () => "one other node is counted",
      );
    },
  },
  {
    name: "rooms that come and go leave the rest as it was",
    async run(scene) {
      const [a, b] = await joinThree(scene);
      for (let index = 0; index < 1_000; index++) {
        const topic = { namespace: "/", room: `r${index % 100}` };
        b.bus.topicChanged?.(topic, "created");
        b.bus.topicChanged?.(topic, "deleted");
      }
      a.bus.publish(a.event(1));
      await b.receives(1);
      await within(b.bus.close(), scene.harness.timeoutMs ?? 10_000, "close() settles");
    },
  },
];

async function joinThree(scene: BusScene): Promise<[BusNode, BusNode, BusNode]> {
  return [await scene.join(), await scene.join(), await scene.join()];
}

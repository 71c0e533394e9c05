import type { Bus, BusHandler, BusMessage } from "@halyard/contracts";
import { busCases, type BusHarness } from "@halyard/conformance";
import { describe, expect, test } from "vitest";
import { MemoryNetwork, type NetworkFaults } from "../index.ts";

/** What a defect changes in a bus, which `is` as it should be. */
type Defect = (is: Bus, network: MemoryNetwork) => Partial<Bus>;

function harness(defect: Defect = () => ({}), faults: NetworkFaults = {}, timeoutMs = 20_000): BusHarness {
  return {
    timeoutMs,
    prepare() {
      const network = new MemoryNetwork({ faults });
      const names: string[] = [];
      return {
        join() {
          const bus = network.join();
          names.push(bus.nodeId);
          return withDefect(bus, defect(bus, network));
        },
        interrupt({ nodeId }) {
          network.partition(names.filter((name) => name !== nodeId));
          return () => network.heal();
        },
        async violate({ nodeId }) {
          const other = network.join();
          await other.start({ onMessage() {}, onStatus() {}, onMalformed() {} });
          const nonsense: any = "nonsense";
          other.send(nonsense, nodeId);
        },
      };
    },
  };
}

/** A bus with some methods replaced; the others work on the one below. */
function withDefect(bus: Bus, defect: Partial<Bus>): Bus {
  return {
    nodeId: bus.nodeId,
    get backlog() {
      return bus.backlog;
    },
    start: (handler) => bus.start(handler),
    publish: (message) => bus.publish(message),
    send: (message, to) => bus.send(message, to),
    close: () => bus.close(),
    ...defect,
  };
}

describe("the bus in memory", () => {
  for (const { name, run } of busCases(harness())) test(name, run);
});

describe("the bus in memory, with delays", () => {
  for (const { name, run } of busCases(harness(undefined, { delayMs: 5 }))) test(name, run);
});

/** Passes messages through a change before the handler gets them. */
function received(is: Bus, change: (message: any, pass: (message: unknown) => void) => void): Partial<Bus> {
  return {
    start: (handler) =>
      is.start({
        onMessage: (message) => change(message, (passed) => handler.onMessage(passed)),
        onStatus: (status) => handler.onStatus(status),
        onMalformed: (cause) => handler.onMalformed(cause),
      }),
  };
}

function statusless(is: Bus, kind: string): Partial<Bus> {
  return {
    start: (handler) =>
      is.start({
        onMessage: (message) => handler.onMessage(message),
        onStatus: (status) => void (status.kind !== kind && handler.onStatus(status)),
        onMalformed: (cause) => handler.onMalformed(cause),
      }),
  };
}

/** Defects, each with a case that has to find it. */
const broken: Record<string, [finder: string, defect: Defect]> = {
  "calls all nodes the same": ["each node has a name of its own", () => ({ nodeId: "node" })],
  "brings messages back": [
    "a published message reaches every other node, once, and not its own",
    (is) => {
      let handler: BusHandler | undefined;
      return {
        start: (given) => is.start((handler = given)),
        publish(message) {
          is.publish(message);
          handler?.onMessage(message);
        },
      };
    },
  ],
  "doubles messages": [
    "a published message reaches every other node, once, and not its own",
    (is) =>
      received(is, (message, pass) => {
        pass(message);
        pass(message);
      }),
  ],
  "loses messages": [
    "messages of one node arrive in order",
    (is) =>
      received(is, (message, pass) => {
        if (message.data.packet.data?.[1] !== 17) pass(message);
      }),
  ],
  "sends to nobody in particular": ["a message to one node reaches it, once", () => ({ send: () => {} })],
  "reorders messages": [
    "messages of one node arrive in order",
    (is) =>
      received(is, (message, pass) => {
        if (message.data.packet.data?.[1] % 7 === 0) setImmediate(() => pass(message));
        else pass(message);
      }),
  ],
  "brings only the main namespace": [
    "a message of any namespace reaches every node",
    (is) =>
      received(is, (message, pass) => {
        if (message.nsp === "/") pass(message);
      }),
  ],
  "does not subscribe to rooms again": [
    "a message for a room reaches a node that has the room",
    (is) => {
      let created = 0;
      return {
        ...received(is, (message, pass) => {
          if (message.data.opts?.rooms.length === 0 || created < 2) pass(message);
        }),
        topicChanged: ({ room }, change) => void (room !== undefined && change === "created" && created++),
      };
    },
  ],
  "turns bytes into something else": [
    "data arrives as it was sent: text of every script, numbers, nesting and bytes",
    (is) => received(is, (message, pass) => pass(JSON.parse(JSON.stringify(message)))),
  ],
  "strips what is no ASCII": [
    "data arrives as it was sent: text of every script, numbers, nesting and bytes",
    (is) =>
      received(is, (message, pass) =>
        pass({
          ...message,
          data: JSON.parse(JSON.stringify(message.data).replaceAll(/[^\n\r -~]/g, "?")),
        }),
      ),
  ],
  "reads data late": [
    "data is read when it is published, not later",
    (is) => ({ publish: (message) => void setImmediate(() => is.publish(message)) }),
  ],
  "cuts large messages off": [
    "large messages arrive whole",
    (is) => ({
      publish: (message: BusMessage) => {
        if (JSON.stringify(message).length < 100_000) is.publish(message);
      },
    }),
  ],
  "overtakes batches with what follows": [
    "batches change neither content nor order",
    (is) => {
      const waiting: BusMessage[] = [];
      let isAllowed = false;
      const flush = (): void => {
        for (const message of waiting.splice(0)) is.publish(message);
      };
      return {
        allowBatches: (allowed) => void (isAllowed = allowed),
        publish(message) {
          if (!isAllowed) return is.publish(message);
          waiting.push(message);
          if (waiting.length === 1) setImmediate(flush);
        },
      };
    },
  ],
  "forgets its batch when it is closed": [
    "what waits for its batch is sent when the bus is closed, and read by who was told nothing of batches",
    (is) => {
      const waiting: BusMessage[] = [];
      let isAllowed = false;
      return {
        allowBatches: (allowed) => void (isAllowed = allowed),
        publish(message) {
          if (!isAllowed) return is.publish(message);
          if (waiting.push(message) === 1_000) for (const late of waiting.splice(0)) is.publish(late);
        },
      };
    },
  ],
  "counts itself": ["counts the other nodes, if it can", () => ({ peerCount: () => Promise.resolve(3) })],
  "throws for rooms": [
    "rooms that come and go leave the rest as it was",
    () => {
      let changes = 0;
      return {
        topicChanged() {
          if (changes++ > 100) throw new Error("too many listeners");
        },
      };
    },
  ],
  "does not say that it is up": ["tells once, when it starts, that it is up", (is) => statusless(is, "up")],
  "needs to be started first": [
    "what is published before the start is sent after it",
    (is) => {
      let isStarted = false;
      return {
        start(handler) {
          isStarted = true;
          return is.start(handler);
        },
        publish: (message) => void (isStarted && is.publish(message)),
      };
    },
  ],
  "throws for data that cannot be sent": [
    "data that cannot be sent is told as dropped, and hurts nobody else",
    (is) => ({
      publish(message) {
        JSON.stringify(message);
        is.publish(message);
      },
    }),
  ],
  "hides what it has dropped": [
    "data that cannot be sent is told as dropped, and hurts nobody else",
    (is) => statusless(is, "dropped"),
  ],
  "forgets what is under way when it is closed": [
    "close sends what was published before it, and ends all deliveries",
    (is) => {
      let isClosed = false;
      return {
        publish: (message) => queueMicrotask(() => void (!isClosed && is.publish(message))),
        close() {
          isClosed = true;
          return is.close();
        },
      };
    },
  ],
  "goes on after it was closed": [
    "close sends what was published before it, and ends all deliveries",
    () => ({ close: () => Promise.resolve() }),
  ],
  "hangs when it was never started": [
    "a bus that was never started can be closed",
    () => ({ close: () => new Promise(() => {}) }),
  ],
  "chokes on what is no message": [
    "what is no message is counted and skipped",
    (is) => {
      let isChoked = false;
      return received(is, (message, pass) => {
        isChoked ||= typeof message === "string";
        if (!isChoked) pass(message);
      });
    },
  ],
  "does not say that it is down": [
    "while its backend is away messages wait, and then arrive in order",
    (is) => statusless(is, "down"),
  ],
  "drops what waits": [
    "while its backend is away messages wait, and then arrive in order",
    (is) => ({ publish: (message) => void (is.backlog.messages < 5 && is.publish(message)) }),
  ],
};

describe("the kit finds a bus that", () => {
  test.each(Object.entries(broken))("%s", async (_name, [finder, defect]) => {
    const found = busCases(harness(defect, {}, 500)).find(({ name }) => name === finder);
    await expect(found?.run()).rejects.toThrow();
  });
});

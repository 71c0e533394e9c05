import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { MessageRouter } from "./message-router.ts";
import { WorkerBus } from "./worker-bus.ts";

/** A primary process with three workers, whose messages the test reads. */
function start() {
  const received = new Map<number, any[]>([1, 2, 3].map((id) => [id, []]));
  const workers = [1, 2, 3].map((id) => ({ id, send: (message: unknown) => void received.get(id)?.push(message) }));
  const router = new MessageRouter(() => workers);
  const say = (worker: number, message: object) =>
    router.onMessage(worker, { source: "_sio_adapter", uid: `node ${worker}`, nsp: "/", type: 2, ...message });
  const counts = () => [1, 2, 3].map((id) => received.get(id)?.splice(0).length);
  return { received, router, say, counts };
}

test("a message goes to all other workers, an answer to the one that has asked", () => {
  const { say, counts } = start();
  for (const worker of [1, 2, 3]) say(worker, {});
  expect(counts()).toEqual([2, 2, 2]);
  say(1, { type: 8, requesterUid: "node 3" });
  expect(counts()).toEqual([0, 0, 1]);
  say(1, { type: 8, requesterUid: "who has said nothing yet" });
  expect(counts()).toEqual([0, 1, 1]);
});

test("what is no message of adapters is not passed on", () => {
  const { router, counts } = start();
  for (const message of [undefined, "text", {}, { source: "another library" }]) router.onMessage(1, message);
  expect(counts()).toEqual([0, 0, 0]);
});

test("a worker that exits takes leave by the primary process, of each namespace that it has not left itself", () => {
  const { received, router, say, counts } = start();
  say(1, {});
  say(1, { nsp: "/shop" });
  say(1, { nsp: "/left" });
  say(1, { nsp: "/left", type: 13 });
  counts();
  router.onExit(1);
  for (const worker of [2, 3])
    expect(received.get(worker)).toMatchObject([
      { source: "_sio_adapter", uid: "node 1", nsp: "/", type: 13 },
      { source: "_sio_adapter", uid: "node 1", nsp: "/shop", type: 13 },
    ]);
  expect(received.get(1)).toEqual([]);
});

test("a node that answers in a namespace is not held for a part of it", () => {
  const { received, router, say, counts } = start();
  say(1, {});
  say(1, { nsp: "/shop", type: 8, requesterUid: "node 2" });
  counts();
  router.onExit(1);
  expect(received.get(2)).toMatchObject([{ uid: "node 1", nsp: "/", type: 13 }]);
});

test("nothing is kept of namespaces that come and go", () => {
  const { received, router, counts } = start();
  const bus = new WorkerBus(
    Object.assign(new EventEmitter(), {
      connected: true,
      send: (message: unknown) => (router.onMessage(1, message), true),
    }),
  );
  void bus.start({ onMessage: () => {}, onStatus: () => {}, onMalformed: () => {} });
  counts();
  for (const nsp of ["/", "/1", "/2", "/3"]) {
    bus.topicChanged({ namespace: nsp }, "created");
    bus.publish({ uid: bus.nodeId, nsp, type: 2 });
    if (nsp !== "/") bus.topicChanged({ namespace: nsp }, "deleted");
  }
  expect(counts()).toEqual([3, 4, 4]); // the others hear nothing of the ends
  router.onExit(1);
  expect(received.get(2)).toMatchObject([{ uid: bus.nodeId, nsp: "/", type: 13 }]);
});

/** Workers with buses of ours, but for the last one, under one primary process. */
function startBuses(onSend: (worker: number, message: any) => void = () => {}) {
  const { received, router } = start();
  const buses = [1, 2].map((id) => {
    const process = new EventEmitter();
    const send = (message: any) => {
      onSend(id, message);
      router.onMessage(id, structuredClone(message));
      return true;
    };
    received.set(id, { push: (message: any) => void process.emit("message", structuredClone(message)) } as any);
    const heard: any[] = [];
    const statuses: any[] = [];
    const bus = new WorkerBus(Object.assign(process, { connected: true, send }));
    const handler = {
      onMessage: (message: any) => void heard.push(message.data),
      onStatus: (status: any) => void statuses.push(status),
      onMalformed: () => {},
    };
    return { bus, heard, statuses, join: () => bus.start(handler) };
  });
  const say = ({ nodeId: uid }: WorkerBus, ...data: unknown[]) =>
    data.map((item) => ({ uid, nsp: "/", type: 3, data: item }));
  return { router, buses, stock: received.get(3)!, say };
}

const turn = () => new Promise(setImmediate);

test("what a worker says in one turn travels as one message to those who read batches, and message by message to others", async () => {
  let count = 0;
  const { buses, stock, say } = startBuses(() => void count++);
  const [a, b] = buses as [(typeof buses)[0], (typeof buses)[0]];
  for (const { join } of buses) await join();
  count = 0;
  a.bus.allowBatches(true);
  for (const message of say(a.bus, 1, { bytes: Buffer.from([1]) }, 3)) a.bus.publish(message);
  await turn();
  expect(count).toBe(1);
  expect(b.heard).toEqual([1, { bytes: expect.objectContaining({ 0: 1 }) }, 3]);
  expect(stock.map(({ source, uid, nsp, type }) => [source, uid, nsp, type])).toEqual(
    Array(3).fill(["_sio_adapter", a.bus.nodeId, "/", 3]),
  );
});

test("order is kept between batches and what goes to one worker, and when batches end", async () => {
  const { buses, say } = startBuses();
  const [a, b] = buses as [(typeof buses)[0], (typeof buses)[0]];
  for (const { join } of buses) await join();
  for (const { bus } of buses) bus.publish(say(bus, "hello")[0]!);
  b.heard.length = 0;
  a.bus.allowBatches(true);
  const [one, two, three, four, five] = say(a.bus, 1, 2, 3, 4, 5);
  a.bus.publish(one!);
  a.bus.publish(two!);
  a.bus.send(three!, b.bus.nodeId);
  a.bus.publish(four!);
  a.bus.allowBatches(false);
  a.bus.publish(five!);
  expect(b.heard).toEqual([1, 2, 3, 4, 5]);
  a.bus.allowBatches(true);
  a.bus.publish(one!);
  await a.bus.close();
  expect(b.heard).toEqual([1, 2, 3, 4, 5, 1]);
});

test("under a primary process that does not take batches apart there are none", async () => {
  const sent: any[] = [];
  const process = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: any) => sent.push(message) > 0,
  });
  const bus = new WorkerBus(process);
  await bus.start({ onMessage: () => {}, onStatus: () => {}, onMalformed: () => {} });
  bus.allowBatches(true);
  for (const data of [1, 2]) bus.publish({ uid: bus.nodeId, nsp: "/", type: 3, data });
  expect(sent.slice(1).map(({ data }) => data)).toEqual([1, 2]);
});

test("a batch that cannot be sent is told as so many messages", async () => {
  let isBroken = false;
  const { buses, say } = startBuses(() => {
    if (isBroken) throw new Error("the channel is closed");
  });
  const [a] = buses as [(typeof buses)[0]];
  await a.join();
  a.bus.allowBatches(true);
  isBroken = true;
  for (const message of say(a.bus, 1, 2)) a.bus.publish(message);
  await turn();
  expect(a.statuses.at(-1)).toMatchObject({ kind: "dropped", messages: 2 });
});

test("a worker that has taken another's place reads no batches before it says so", async () => {
  const { router, buses, say, stock } = startBuses();
  const [a] = buses as [(typeof buses)[0]];
  await a.join();
  router.onMessage(3, { source: "_halyard_batches" });
  stock.length = 0;
  a.bus.allowBatches(true);
  const sayTwo = async (): Promise<number> => {
    for (const message of say(a.bus, 1, 2)) a.bus.publish(message);
    await turn();
    return stock.splice(0).length;
  };
  expect(await sayTwo()).toBe(1);
  router.onExit(3);
  expect(await sayTwo()).toBe(2);
});

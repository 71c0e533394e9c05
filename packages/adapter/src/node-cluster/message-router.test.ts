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
  for (const nsp of ["/", "/1", "/2", "/3"]) {
    bus.topicChanged({ namespace: nsp }, "created");
    bus.publish({ uid: bus.nodeId, nsp, type: 2 });
    if (nsp !== "/") bus.topicChanged({ namespace: nsp }, "deleted");
  }
  expect(counts()).toEqual([3, 4, 4]); // the others hear nothing of the ends
  router.onExit(1);
  expect(received.get(2)).toMatchObject([{ uid: bus.nodeId, nsp: "/", type: 13 }]);
});

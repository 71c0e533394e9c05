import { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import type { WorkerNotice } from "./sticky-message.ts";
import { Transfers } from "./transfers.ts";

function start() {
  const told: [notice: WorkerNotice, socket: Socket | undefined][] = [];
  const onArrival = vi.fn();
  return { told, onArrival, transfers: new Transfers((notice, socket) => void told.push([notice, socket]), onArrival) };
}

test("says behind each connection that it has let go of it", () => {
  const { told, transfers } = start();
  const sockets = [new Socket(), new Socket()];
  for (const socket of sockets) transfers.give(socket, "a", Buffer.from("hi"));
  expect(told.map(([{ kind }, socket]) => [kind, socket])).toEqual([
    ["handOver", sockets[0]],
    ["released", undefined],
    ["handOver", sockets[1]],
    ["released", undefined],
  ]);
  const names = told.map(([notice]) => "transfer" in notice && notice.transfer);
  expect(names[0]).toBe(names[1]);
  expect(names[1]).not.toBe(names[2]);
});

test("leaves a connection alone until it is nobody else's", () => {
  const { onArrival, transfers } = start();
  const socket = new Socket();
  transfers.onReleased("t");
  transfers.take("t", socket, Buffer.from("hi"));
  expect(onArrival).not.toHaveBeenCalled();
  transfers.onReleased("t");
  transfers.onReleased("t");
  expect(onArrival).toHaveBeenCalledExactlyOnceWith(socket, Buffer.from("hi"));
  expect(socket.listenerCount("error")).toBe(0);
});

test("forgets a connection whose client goes meanwhile", async () => {
  const { onArrival, transfers } = start();
  const socket = new Socket();
  transfers.take("t", socket, Buffer.alloc(0));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy(new Error("reset"));
  await closed;
  transfers.onReleased("t");
  expect(onArrival).not.toHaveBeenCalled();
});

import { expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

function retrying(): { rig: Rig; socket: ReturnType<Rig["manager"]["socket"]> } {
  const rig = new Rig();
  return { rig, socket: rig.manager.socket("/", { retries: 2, ackTimeout: 100 }) };
}

test("events go one at a time, in order, each after the acknowledgement of the last", () => {
  const { rig, socket } = retrying();
  const answered = vi.fn();
  socket.emit("one", answered);
  socket.emit("two");
  rig.accept();
  expect(rig.engine.sent).toEqual(['20["one"]']);
  rig.engine.receive('30["ok"]');
  expect(answered).toHaveBeenCalledWith(null, "ok");
  expect(rig.engine.sent.slice(1)).toEqual(['21["two"]']);
  rig.engine.receive("31[]");
  rig.clock.advance(1_000);
  expect(rig.engine.sent).toHaveLength(2);
});

test("an event is sent again until it is out of retries; then its callback fails and the next goes", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const failed = vi.fn();
  socket.emit("one", failed);
  socket.emit("two");
  rig.clock.advance(300);
  expect(rig.engine.sent).toEqual(['20["one"]', '21["one"]', '22["one"]', '23["two"]']);
  expect(failed).toHaveBeenCalledTimes(1);
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: "ACK_TIMEOUT" }));
});

test("an answer to an attempt that was given up is ignored", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answered = vi.fn();
  socket.emit("one", answered);
  rig.clock.advance(100);
  rig.engine.receive('30["late"]');
  expect(answered).not.toHaveBeenCalled();
  rig.engine.receive('31["in time"]');
  expect(answered).toHaveBeenCalledWith(null, "in time");
});

test("what is emitted after a sleep is sent once, on the next connection", () => {
  const { rig, socket } = retrying();
  rig.accept();
  rig.engine.pingExpired = true;
  socket.emit("one");
  rig.engine.end("ping timeout");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['20["one"]']);
});

test("what was under way when the connection was lost is sent again on the next", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answered = vi.fn();
  socket.emit("one", answered);
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['21["one"]']);
  rig.engine.receive('31["ok"]');
  expect(answered).toHaveBeenCalledTimes(1);
  expect(answered).toHaveBeenCalledWith(null, "ok");
});

test("without an ackTimeout, answers still settle", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { retries: 1 });
  rig.accept();
  const answered = vi.fn();
  socket.emit("one", answered);
  socket.emit("two");
  rig.engine.receive('30["ok"]');
  expect(answered).toHaveBeenCalledWith(null, "ok");
  expect(rig.engine.sent).toEqual(['20["one"]', '21["two"]']);
});

test("an event that cannot be encoded fails and makes way", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const failed = vi.fn();
  socket.emit("bad", 1n, failed);
  socket.emit("good");
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  expect(rig.engine.sent).toEqual(['21["good"]']);
});

test("volatile events do not queue", () => {
  const { rig, socket } = retrying();
  rig.accept();
  socket.emit("one");
  socket.volatile.emit("now");
  expect(rig.engine.sent).toEqual(['20["one"]', '2["now"]']);
});

test("emitWithAck works through the queue", async () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answer = socket.emitWithAck("one");
  rig.engine.receive('30["ok"]');
  await expect(answer).resolves.toBe("ok");
});

import { expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

test("an event that is kept is not sent once its time to live is over, and its acknowledgement hears of it", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const answered = vi.fn();
  socket.ttl(100).emit("silent");
  socket.ttl(100).timeout(60_000).emit("asked", answered);
  socket.ttl(101).emit("later");
  rig.clock.advance(100);
  expect(answered).toHaveBeenCalledWith(expect.objectContaining({ code: "EVENT_EXPIRED" }));
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["later"]']);
  expect(answered).toHaveBeenCalledTimes(1);
});

test("an event that was sent in time may be answered after its time to live", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const answer = socket.ttl(100).emitWithAck("asked");
  rig.clock.advance(1_000);
  rig.engine.receive('30["yes"]');
  await expect(answer).resolves.toBe("yes");
});

test("after a sleep, what has expired is not sent, even if no timer has told yet", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const expired = socket.ttl(1_000).emitWithAck("stale");
  // the wall clock goes on while timers stand still
  vi.spyOn(rig.clock, "now").mockReturnValue(rig.clock.now() + 600_000);
  rig.accept();
  expect(rig.engine.sent).toEqual([]);
  await expect(expired).rejects.toMatchObject({ code: "EVENT_EXPIRED" });
});

test("a timer that fires a little early ends an event for good", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const answered = vi.fn();
  socket.ttl(100).timeout(60_000).emit("asked", answered);
  vi.spyOn(rig.clock, "now").mockReturnValue(rig.clock.now() + 99.5);
  rig.clock.advance(100);
  expect(answered).toHaveBeenCalledWith(expect.objectContaining({ code: "EVENT_EXPIRED" }));
});

test("an aborted event is not sent, and its acknowledgement fails with the reason", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const abort = new AbortController();
  const answer = socket.signal(abort.signal).emitWithAck("asked");
  socket.signal(abort.signal).emit("silent");
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await expect(answer).rejects.toMatchObject({ code: "EVENT_ABORTED", cause: reason });
  await expect(socket.signal(abort.signal).emitWithAck("too late")).rejects.toMatchObject({ code: "EVENT_ABORTED" });
  socket.emit("next");
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["next"]']);
});

test("an acknowledgement under way can be aborted, and then ignores the answer", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const abort = new AbortController();
  const removed = vi.spyOn(abort.signal, "removeEventListener");
  const answered = vi.fn();
  socket.signal(abort.signal).timeout(1_000).emit("asked", answered);
  abort.abort();
  rig.engine.receive('30["late"]');
  expect(answered).toHaveBeenCalledTimes(1);
  expect(answered).toHaveBeenCalledWith(expect.objectContaining({ code: "EVENT_ABORTED" }));
  expect(removed).toHaveBeenCalled();
  expect(rig.clock.pendingCount).toBe(0);
});

test("time to live and signals hold for events in the queue of retries", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { retries: 3, ackTimeout: 1_000 });
  const abort = new AbortController();
  const answers = [socket.ttl(100).emitWithAck("expired"), socket.signal(abort.signal).emitWithAck("aborted")];
  socket.emit("kept");
  abort.abort();
  rig.clock.advance(100);
  rig.accept();
  await expect(answers[0]).rejects.toMatchObject({ code: "EVENT_EXPIRED" });
  await expect(answers[1]).rejects.toMatchObject({ code: "EVENT_ABORTED" });
  const [packet, ...others] = rig.engine.packets();
  expect(packet).toMatchObject({ type: "event", data: ["kept"] });
  expect(others).toEqual([]);
});

import { expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

const full: unknown = expect.objectContaining({ code: "BUFFER_FULL" });

test("so many events are kept until connected, and emitting more throws", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { maxBufferedEvents: 2 });
  socket.emit("one").emit("two");
  expect(() => socket.emit("three")).toThrow(full);
  await expect(socket.timeout(60_000).emitWithAck("four")).rejects.toEqual(full);
  socket.sendBuffer = [];
  socket.emit("five");
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["five"]']);
  socket.emit("six").emit("seven").emit("eight");
  expect(rig.engine.sent).toHaveLength(4);
  rig.manager.close();
  expect(rig.clock.pendingCount).toBe(0);
});

test("so many events wait in the queue of retries, and emitting more throws", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { retries: 1, maxBufferedEvents: 2 });
  socket.emit("one").emit("two");
  expect(() => socket.emit("three")).toThrow(full);
  await expect(socket.emitWithAck("four")).rejects.toEqual(full);
  rig.accept();
  rig.engine.receive("30[]");
  socket.emit("five");
  expect(() => socket.emit("six")).toThrow(full);
});

test("events of the server may have any number of arguments, unless an option says otherwise", () => {
  const event = `2${JSON.stringify(["many", ...Array(1_000).keys()])}`;
  const rig = new Rig();
  const heard = vi.fn();
  rig.manager.socket("/").on("many", heard);
  rig.accept();
  rig.engine.receive(event);
  expect(heard.mock.calls[0]).toHaveLength(1_000);
  const strict = new Rig({ decoderLimits: { maxArguments: 256 } });
  const ended = vi.fn();
  strict.manager.socket("/").on("disconnect", ended);
  strict.accept();
  strict.engine.receive(event);
  expect(ended).toHaveBeenCalledWith("parse error", expect.objectContaining({ code: "SOCKET_PARSE" }));
});

test("so many bytes are kept until connected", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { maxBufferedBytes: 1_000 });
  const bytes = new Uint8Array(600);
  socket.emit("one", bytes);
  expect(() => socket.emit("two", bytes)).toThrow(full);
  expect(() => socket.emit("two", "x".repeat(400))).toThrow(full);
  socket.emit("small");
  rig.accept();
  expect(rig.engine.packets()).toHaveLength(2);
});

test("so many events are kept that come before the leave to join", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { maxBufferedEvents: 2 });
  const seen: unknown[] = [];
  socket.onAny((event) => seen.push(event));
  rig.engine.open();
  rig.engine.receive('2["one"]', '2["two"]', '2["three"]');
  expect(socket.receiveBuffer).toHaveLength(2);
  rig.engine.receive('0{"sid":"abc"}', '2["four"]');
  expect(seen).toEqual(["one", "two", "four"]);
});

test("so many acknowledgements are waited for, and none is kept once it has settled", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { maxPendingAcks: 2 });
  rig.accept();
  const first = socket.emitWithAck("one");
  socket.emit("two", () => {});
  const refused = expect.objectContaining({ code: "TOO_MANY_ACKS" });
  expect(() => socket.emit("three", () => {})).toThrow(refused);
  await expect(socket.emitWithAck("three")).rejects.toEqual(refused);
  rig.engine.receive('30["done"]');
  await expect(first).resolves.toBe("done");
  socket.emit("four", () => {});
  expect(rig.engine.packets().map((packet) => "data" in packet && packet.data)).toEqual([["one"], ["two"], ["four"]]);
});

test("an event longer than the server takes is refused before any of it is written, and the connection kept", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  rig.engine.maxLength = 100;
  const tooLarge: unknown = expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" });
  expect(() => socket.emit("text", "é".repeat(120))).toThrow(tooLarge);
  await expect(socket.emitWithAck("bytes", new Uint8Array(10), new Uint8Array(101))).rejects.toEqual(tooLarge);
  socket.emit("fits", "x".repeat(80));
  expect(rig.engine.sent).toHaveLength(1);
  expect(socket.connected).toBe(true);
});

test("a blob longer than the server takes fails its acknowledgement", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  rig.engine.maxLength = 100;
  vi.stubGlobal("queueMicrotask", (callback: () => void) => {
    expect(callback).toThrow(expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }));
  });
  await expect(socket.emitWithAck("file", new Blob(["x".repeat(101)]))).rejects.toMatchObject({
    code: "PAYLOAD_TOO_LARGE",
  });
  vi.unstubAllGlobals();
  expect(rig.engine.sent).toEqual([]);
});

test("what is kept is counted as it comes, and anew when something was taken out", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { maxBufferedBytes: 2_000 });
  const bytes = new Uint8Array(900);
  socket.emit("one", bytes);
  const [first = {}] = socket.sendBuffer;
  const read = vi.fn(() => 950);
  Object.defineProperty(first, "bytes", { get: read });
  socket.emit("two", bytes);
  for (let round = 0; round < 10; round++) expect(() => socket.emit("three", bytes)).toThrow(full);
  expect(read).not.toHaveBeenCalled();
  socket.sendBuffer.shift();
  socket.emit("three", bytes);
  expect(() => socket.emit("four", bytes)).toThrow(full);
  expect(socket.sendBuffer).toHaveLength(2);
});

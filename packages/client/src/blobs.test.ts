import { expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

const blob = new Blob([Uint8Array.of(1, 2, 3)]);
const bytes = Uint8Array.of(1, 2, 3);

test("blobs become bytes, wherever they are, and the data stays as it was", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const data = { list: [blob, { file: new File([bytes], "f.bin") }], other: bytes, text: "t", nothing: null };
  socket.emit("upload", data, blob);
  await vi.waitFor(() => expect(rig.engine.sent).toHaveLength(5), 20_000);
  const [packet] = rig.engine.packets();
  expect(packet).toEqual({
    type: "event",
    namespace: "/",
    data: ["upload", { list: [bytes, { file: bytes }], other: bytes, text: "t", nothing: null }, bytes],
  });
  expect(data.list[0]).toBe(blob);
});

test("what a socket sends after a blob stays behind it; other sockets do not wait", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const other = rig.manager.socket("/other");
  rig.accept("/");
  rig.accept("/other");
  socket.emit("one", blob);
  socket.emit("two");
  other.emit("now");
  socket.emit("three", blob);
  socket.emit("four");
  expect(rig.engine.sent).toEqual(['2/other,["now"]']);
  await vi.waitFor(() => expect(rig.engine.sent).toHaveLength(7), 20_000);
  const names = rig.engine
    .packets()
    .map((packet) => ("data" in packet && Array.isArray(packet.data) ? packet.data[0] : ""));
  expect(names).toEqual(["now", "one", "two", "three", "four"]);
});

test("acknowledgements may hold blobs", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  socket.on("download", (reply) => reply(blob));
  rig.engine.receive('27["download"]');
  await vi.waitFor(() => expect(rig.engine.sent).toHaveLength(2), 20_000);
  expect(rig.engine.packets()).toEqual([{ type: "ack", namespace: "/", id: 7, data: [bytes] }]);
});

test("disconnecting waits on the wire, not for the listeners", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const reasons: string[] = [];
  socket.on("disconnect", (reason) => reasons.push(reason));
  socket.emit("upload", blob);
  socket.disconnect();
  expect(reasons).toEqual(["io client disconnect"]);
  expect(rig.engine.closed).toBeUndefined();
  await vi.waitFor(() => expect(rig.engine.closed).toBe("flushed"), 20_000);
  expect(rig.engine.packets().map((packet) => packet.type)).toEqual(["event", "disconnect"]);
});

test("disconnecting and connecting again behind a blob keeps the order", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  socket.emit("upload", blob);
  socket.disconnect().connect();
  await vi.waitFor(() => expect(rig.engine.sent).toHaveLength(4), 20_000);
  expect(rig.engine.packets().map((packet) => packet.type)).toEqual(["event", "disconnect", "connect"]);
  expect(rig.engine.closed).toBeUndefined();
});

test("a connection that is lost meanwhile gets nothing of it", async () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const [engine] = rig.engines;
  const answer = socket.emitWithAck("upload", blob);
  engine?.end("transport close");
  await expect(answer).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
  rig.clock.advance(1_000);
  rig.accept();
  await blob.arrayBuffer();
  socket.emit("next");
  await vi.waitFor(() => expect(rig.engine.sent).toContain('2["next"]'), 20_000);
  expect(engine?.sent).toEqual([]);
});

test("what has a JSON form of its own is not looked into, as it may contain itself", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  const document = { parent: {}, toJSON: () => ({ title: "t" }) };
  document.parent = { child: document };
  socket.emit("save", document);
  expect(rig.engine.sent).toEqual(['2["save",{"title":"t"}]']);
});

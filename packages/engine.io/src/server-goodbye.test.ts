import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { request, start, UPGRADE_HEADERS, type Running } from "./server.fixture.ts";
import { readFrames } from "./transports/frame-reader.fixture.ts";

const CLOSE = 8;

/** A client's frame; a mask of zeros leaves the payload as it is. */
function masked(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** Opens a session, sends the bytes, and returns the frames that come after the handshake, once the server has ended the connection. */
async function talk(running: Running, bytes: Buffer): Promise<{ opcode: number; payload: Buffer }[]> {
  const socket = connect({ port: running.port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(request("GET", running.path("EIO=4&transport=websocket"), { ...UPGRADE_HEADERS }));
  while (!Buffer.concat(chunks).includes("maxPayload")) await once(socket, "data");
  socket.write(bytes);
  await once(socket, "end");
  const all = Buffer.concat(chunks);
  return readFrames(all.subarray(all.indexOf("\r\n\r\n") + 4)).slice(1);
}

test.each([
  ["a code and a reason", Buffer.from([3, 232, ...Buffer.from("bye ✓")])],
  ["a code", Buffer.from([0x0f, 0xa0])],
  ["neither", Buffer.alloc(0)],
])("a client that says goodbye with %s gets that back, and the connection ends", async (_what, goodbye) => {
  const running = await start();
  expect(await talk(running, masked(CLOSE, goodbye))).toEqual([{ opcode: CLOSE, payload: goodbye }]);
  await expect.poll(() => running.closings, { timeout: 20_000 }).toEqual(["transport close"]);
  expect(running.engine.clientsCount).toBe(0);
});

test("what a client sends before its goodbye is taken, and what it sends after is not", async () => {
  const running = await start();
  const messages: unknown[] = [];
  running.engine.on("connection", (socket) => socket.on("message", (data) => messages.push(data)));
  const bytes = [masked(1, Buffer.from("4first")), masked(CLOSE, Buffer.alloc(0)), masked(1, Buffer.from("4second"))];
  await talk(running, Buffer.concat(bytes));
  await expect.poll(() => running.closings, { timeout: 20_000 }).toEqual(["transport close"]);
  expect(messages).toEqual(["first"]);
});

test("a frame that breaks the protocol is answered with the code that says so", async () => {
  const running = await start();
  const [answer] = await talk(running, masked(3, Buffer.alloc(0))); // a reserved opcode
  expect(answer).toEqual({ opcode: CLOSE, payload: Buffer.from([0x03, 0xea]) });
  await expect.poll(() => running.closings, { timeout: 20_000 }).toEqual(["transport error"]);
});

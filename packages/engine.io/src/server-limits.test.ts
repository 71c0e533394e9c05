import { once } from "node:events";
import { constants, deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { request, start, UPGRADE_HEADERS } from "./server.fixture.ts";

test.each([
  ["announced", { "Content-Length": "2000000" }, "4".repeat(100_000)],
  ["chunked", { "Transfer-Encoding": "chunked" }, `1e8480\r\n${"4".repeat(2_000_000)}`],
])("a body above the limit, %s, gets 413 and ends session and connection", async (_what, headers, body) => {
  const running = await start();
  const sid = await running.open();
  const head = request("POST", running.path(`EIO=4&transport=polling&sid=${sid}`), headers);
  const answer = await running.raw(head + body, /\r\n\r\n/);
  expect(answer).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n[^]*Connection: close\r\n/);
  expect(running.closings).toEqual(["transport error"]);
});

test("a client that goes on sending after 413 is cut off", async () => {
  const running = await start();
  const sid = await running.open();
  const head = request("POST", running.path(`EIO=4&transport=polling&sid=${sid}`), { "Content-Length": "50000000" });
  const answer = await running.raw(head + "4".repeat(50_000_000)); // until the server closes
  expect(answer === "" || answer.startsWith("HTTP/1.1 413")).toBe(true);
});

test("a body of just the limit is taken", async () => {
  const running = await start({ maxHttpBufferSize: 1_000 });
  const sid = await running.open();
  const received = new Promise((resolve) => running.session(sid).on("message", resolve));
  const query = `EIO=4&transport=polling&sid=${sid}`;
  expect((await running.fetch(query, { method: "POST", body: `4${"x".repeat(999)}` })).status).toBe(200);
  expect(await received).toBe("x".repeat(999));
  expect((await running.fetch(query, { method: "POST", body: `4${"x".repeat(1_000)}` })).status).toBe(413);
});

test("a body that does not arrive in time gets 408", async () => {
  const running = await start({ requestTimeout: 50 });
  const sid = await running.open();
  const head = request("POST", running.path(`EIO=4&transport=polling&sid=${sid}`), { "Content-Length": "10" });
  expect(await running.raw(`${head}4a`, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 408 [^]*Connection: close/);
  expect(running.closings).toEqual(["transport error"]);
});

test.each([
  [{ "Content-Type": "application/octet-stream" }, 400],
  [{ "Content-Encoding": "gzip" }, 415],
])("a post with %j gets %i", async (headers, status) => {
  const running = await start();
  const sid = await running.open();
  const target = running.path(`EIO=4&transport=polling&sid=${sid}`);
  const answer = await running.raw(request("POST", target, headers, "4a"), /\r\n\r\n/);
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(running.closings).toEqual(["transport error"]);
});

test("overlapping posts both get an answer", async () => {
  const running = await start();
  const sid = await running.open();
  const target = running.path(`EIO=4&transport=polling&sid=${sid}`);
  const half = running.raw(`${request("POST", target, { "Content-Length": "10" })}4a`, /\r\n\r\n/);
  await once(running.http, "request");
  const whole = await running.raw(request("POST", target, {}, "4b"), /\r\n\r\n/);
  expect([await half, whole].map((answer) => answer.slice(0, 12))).toEqual(["HTTP/1.1 400", "HTTP/1.1 400"]);
  expect(running.closings).toEqual(["transport error"]);
});

/** A client frame (RFC 6455, section 5.2) with a mask of zeros. */
function clientFrame(firstByte: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const head =
    bytes.length < 126
      ? Buffer.from([firstByte, 0x80 | bytes.length])
      : Buffer.from([firstByte, 0xfe, bytes.length >> 8, bytes.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), bytes]);
}

test.each([
  ["an unmasked frame", Buffer.from([0x81, 0x02, 0x34, 0x61]), 1002],
  ["a reserved opcode", clientFrame(0x83, "4a"), 1002],
  ["a reserved bit", clientFrame(0xc1, "4a"), 1002],
  ["a fragmented ping", clientFrame(0x09, "a"), 1002],
  ["invalid UTF-8", clientFrame(0x81, Buffer.from([0x34, 0xff])), 1007],
  ["a message above the limit", Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0]), 1009],
  ["a continuation of nothing", clientFrame(0x80, "a"), 1002],
])("%s closes the WebSocket with the right code", async (_what, frame, code) => {
  const running = await start();
  const handshake = request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS);
  const wire = await running.raw(
    Buffer.concat([Buffer.from(handshake), frame]),
    new RegExp(`\\x88[^]${String.fromCharCode(code >> 8)}${String.fromCharCode(code & 255)}`),
  );
  expect(wire).toMatch(/^HTTP\/1.1 101 /);
  const close = Buffer.from(wire.slice(wire.lastIndexOf("\x88")), "latin1");
  expect(close.readUInt16BE(2)).toBe(code);
  expect(running.closings).toEqual(["transport error"]);
});

test.each(["", "xyz", "9", "b?", "0{}"])("the text frame %j is no packet from a client: parse error", async (text) => {
  const running = await start();
  const client = await running.connect().opened();
  client.send(text);
  await client.closed;
  expect(running.closings).toEqual(["parse error"]);
});

test("pings of the WebSocket protocol are answered, the latest first and last", async () => {
  const running = await start();
  const client = await running.connect().opened();
  const pongs: string[] = [];
  const last = new Promise<void>((resolve) => {
    client.on("pong", (data) => {
      pongs.push(data.toString());
      if (data.toString() === "499") resolve();
    });
  });
  for (let count = 0; count < 500; count++) client.ping(String(count));
  await last;
  expect(pongs.at(-1)).toBe("499");
  expect(pongs.length).toBeLessThan(500);
});

test("a flood from one client leaves room for the others, and all of it arrives", async () => {
  const running = await start({ maxPacketsPerTurn: 50 });
  const order: string[] = [];
  running.engine.on("connection", (socket) => {
    socket.on("message", (message) => {
      order.push(String(message).charAt(0));
      if (message === "quiet") socket.send("answer");
      if (message === "f19999") socket.send("done");
    });
  });
  const [flooder, quiet] = [await running.connect().opened(), await running.connect().opened()];
  for (let count = 0; count < 20_000; count++) flooder.send(`4f${count}`);
  quiet.send("4quiet");
  await Promise.all([flooder.receive(2), quiet.receive(2)]);
  expect(order).toHaveLength(20_001);
  expect(order.indexOf("q")).toBeLessThan(15_000);
});

test("what was read before the client went away is still delivered", async () => {
  const running = await start({ maxPacketsPerTurn: 10 });
  let count = 0;
  const closed = new Promise<number>((resolve) => {
    running.engine.on("connection", (socket) => {
      socket.on("message", () => count++);
      socket.on("close", () => resolve(count));
    });
  });
  const client = await running.connect().opened();
  for (let sent = 0; sent < 1_000; sent++) client.send("4a");
  client.close();
  expect(await closed).toBe(1_000);
});

test("a client that reads nothing is given up on, and costs no more than the limit", async () => {
  const running = await start({ maxQueuedBytes: 1_000_000 });
  const client = await running.connect().opened();
  const [handshake] = await client.receive(1);
  const { sid }: { sid: string } = JSON.parse(String(handshake).slice(1));
  const session = running.session(sid);
  const closed = new Promise((resolve) => session.once("close", resolve));
  client.pause();
  const message = "x".repeat(10_000);
  let most = 0;
  while (session.readyState === "open") {
    for (let count = 0; count < 100; count++) session.send(message);
    most = Math.max(most, session.bufferedBytes);
    await new Promise((resolve) => void setImmediate(resolve));
    if (session.bufferedBytes === 0 && most > 100_000) break;
  }
  expect(await closed).toBe("slow consumer");
  expect(most).toBeLessThan(1_300_000);
});

test("a client that drains is told of, and is writable again", async () => {
  const running = await start({ maxWritableBytes: 100_000 });
  let drained: () => void = () => {};
  const done = new Promise<void>((resolve) => (drained = resolve));
  running.engine.bind((socket) => {
    socket.bind({ onMessage: () => {}, onDrain: () => drained(), onClose: () => {} });
  });
  const client = await running.connect().opened();
  const [handshake] = await client.receive(1);
  const { sid }: { sid: string } = JSON.parse(String(handshake).slice(1));
  const session = running.session(sid);
  client.pause();
  while (session.writable) session.send("x".repeat(200_000));
  expect(session.bufferedBytes).toBeGreaterThan(100_000);
  client.resume();
  await done;
  expect([session.bufferedBytes, session.writable]).toEqual([0, true]);
});

test("what arrives compressed may not be kept in any amount", async () => {
  const running = await start({ perMessageDeflate: true, maxHttpBufferSize: 100_000, maxPacketsPerTurn: 1 });
  const closed = new Promise((resolve) => {
    running.engine.on("connection", (socket) => {
      socket.once("message", () => void socket.pauseReading());
      socket.once("close", resolve);
    });
  });
  const payload = deflateRawSync(`4${"x".repeat(99_000)}`, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const frames = Buffer.concat(Array.from({ length: 60 }, () => clientFrame(0xc1, payload)));
  const extension = { "Sec-WebSocket-Extensions": "permessage-deflate; client_no_context_takeover" };
  const handshake = request("GET", running.path("EIO=4&transport=websocket"), { ...UPGRADE_HEADERS, ...extension });
  await running.raw(Buffer.concat([Buffer.from(handshake), frames]));
  expect(await closed).toBe("transport error");
});

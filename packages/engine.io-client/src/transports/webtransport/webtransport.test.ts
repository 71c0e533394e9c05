import { transportCases, type TransportPair } from "@halyard/conformance";
import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { codec, encodeFrameHeader, FrameDecoder } from "@halyard/engine.io-parser";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { resolveOptions, type Platform, type SocketOptions } from "../../options.ts";
import { Transport } from "../transport.ts";
import { FakeWebTransport, type FakeStream } from "./fake-webtransport.fixture.ts";
import { WebTransport } from "./webtransport.ts";

const HANDSHAKE = '{"sid":"s1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const platform: Platform = { transports: {}, binaryType: "nodebuffer" };

vi.stubGlobal("WebTransport", FakeWebTransport);
afterAll(() => void vi.unstubAllGlobals());
beforeEach(() => {
  FakeWebTransport.made = [];
  FakeWebTransport.onStream = () => {};
});

/** The server's end: what it reads and writes are frames. */
class Peer extends Transport {
  override readonly name = "double";
  readonly bufferedBytes = 0;
  readonly received: EnginePacket[] = [];
  readonly frames: EngineMessage[] = [];
  readonly #session: FakeWebTransport;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: FakeStream, session: FakeWebTransport) {
    super(resolveOptions("", {}, platform), "s1");
    this.state = "open";
    this.#session = session;
    this.#writer = stream.writable.getWriter();
    void this.#read(stream.readable.getReader());
    void session.closed.then(
      () => this.end("transport close"),
      () => this.end("transport error"),
    );
  }

  open(): void {}

  send(packets: readonly EnginePacket[]): void {
    for (const packet of packets) this.write(codec.encodePacket(packet));
  }

  write(frame: string | Uint8Array): void {
    if (this.state !== "open") return;
    const payload = typeof frame === "string" ? Buffer.from(frame) : frame;
    const header = encodeFrameHeader(typeof frame !== "string", payload.length);
    this.#writer.write(Buffer.concat([header, payload])).catch(() => {});
  }

  close(): void {
    this.send([{ type: "close" }]);
    if (this.state === "open") this.state = "closing";
  }

  protected release(): void {
    this.#session.close();
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new FrameDecoder(1_000_000);
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        decoder.push(read.value);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          const packet = codec.decodePacket(frame);
          this.frames.push(frame);
          this.received.push(packet);
          // the client's first word is none of the server's handshakes
          if (packet.type !== "open") this.receive(() => [packet]);
        }
      }
    } catch {
      // the session is over
    }
  }
}

describe("the transport contract", () => {
  async function connect(): Promise<TransportPair> {
    const peer = new Promise<Peer>((resolve) => {
      FakeWebTransport.onStream = (stream, session) => {
        const it = new Peer(stream, session);
        it.write(`0${HANDSHAKE}`);
        resolve(it);
      };
    });
    const far = new WebTransport(resolveOptions("https://localhost", {}, platform), "");
    const opened = new Promise<void>((resolve, reject) => {
      far.bind({
        onMessage() {},
        onPacket: () => resolve(),
        onWritable() {},
        onClose: (_reason, cause) => reject(cause),
      });
    });
    far.open();
    await opened;
    return { near: await peer, far };
  }

  const violate = ({ near }: TransportPair): void => (near as Peer).write("x");
  for (const { name, run } of transportCases({ connect, violate })) test(name, run);
});

function open(options: SocketOptions = {}, sessionId = "") {
  const peer = new Promise<Peer>((resolve) => {
    FakeWebTransport.onStream = (stream, session) => resolve(new Peer(stream, session));
  });
  const transport = new WebTransport(resolveOptions("http://example.com:3000", options, platform), sessionId);
  const closed = new Promise<unknown[]>((onClose) => {
    transport.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose: (...args) => onClose(args) });
  });
  transport.open();
  return { transport, peer, closed };
}

async function arrive(peer: Peer, count: number): Promise<EnginePacket[]> {
  await vi.waitFor(() => expect(peer.received.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
  return peer.received;
}

test("opens a session, or says which one it upgrades", async () => {
  const webtransport = { serverCertificateHashes: [] };
  const { peer } = open({ transportOptions: { webtransport } as SocketOptions["transportOptions"] & object });
  expect(await arrive(await peer, 1)).toEqual([{ type: "open", data: "" }]);
  const [session] = FakeWebTransport.made;
  expect(session?.url).toBe("https://example.com:3000/engine.io/?EIO=4&transport=webtransport");
  expect(session?.options).toBe(webtransport);
  const upgrade = open({}, "abc");
  expect(await arrive(await upgrade.peer, 1)).toEqual([{ type: "open", data: '{"sid":"abc"}' }]);
});

test("sends binary without bytes as text, so that nobody skips it", async () => {
  const { transport, peer } = open();
  await arrive(await peer, 1);
  transport.sendMessage(new Uint8Array(0));
  transport.sendMessage(new Uint8Array([1]));
  const [, ...messages] = await arrive(await peer, 3);
  const bytes = messages.map((packet) => packet.type === "message" && Array.from(Buffer.from(packet.data)));
  expect(bytes).toEqual([[], [1]]);
  const { frames } = await peer;
  expect(frames.slice(1)).toEqual(["b", new Uint8Array([1])]);
});

test("knows what has not left yet", async () => {
  const { transport, peer } = open();
  await arrive(await peer, 1);
  await vi.waitFor(() => expect(transport.bufferedBytes).toBe(0), { timeout: 20_000 });
  const drained = new Promise<void>((onWritable) =>
    transport.bind({ onMessage() {}, onPacket() {}, onWritable, onClose() {} }),
  );
  transport.sendMessage("abc");
  expect(transport.bufferedBytes).toBe(4);
  await drained;
  expect(transport.bufferedBytes).toBe(0);
});

test("reports that there is no such class, that it refuses, and that the network does", async () => {
  vi.stubGlobal("WebTransport", undefined);
  const missing = open();
  vi.stubGlobal("WebTransport", FakeWebTransport);
  const error = expect.objectContaining({ message: "webtransport error", code: "WEBTRANSPORT_ERROR" });
  expect(await missing.closed).toEqual(["transport error", error]);
  const { peer, closed } = open();
  await peer;
  FakeWebTransport.made.at(-1)?.fail(new Error("lost"));
  expect(await closed).toEqual(["transport error", error]);
});

test("waits for the server to read its last words, but not for ever", async () => {
  const clock = new FakeClock();
  const { transport, peer, closed } = open({ clock });
  const server = await peer;
  await arrive(server, 1);
  server.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose() {} });
  // a server that reads, yet does not end the session
  vi.spyOn(FakeWebTransport.made.at(-1) ?? expect.unreachable(), "close").mockImplementationOnce(() => {});
  transport.sendMessage("last");
  transport.close();
  transport.close();
  const received = await arrive(server, 3);
  expect(received.slice(1)).toEqual([{ type: "message", data: "last" }, { type: "close" }]);
  clock.advance(2_000);
  expect((await closed)[0]).toBe("transport close");
  expect(clock.pendingCount).toBe(0);
});

test("ends at once when closed before it is open", async () => {
  const { transport, closed } = open();
  transport.close();
  expect((await closed)[0]).toBe("transport close");
  expect(FakeWebTransport.made[0]?.closings).toBe(1);
});

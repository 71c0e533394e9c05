import type { Socket as TcpSocket } from "node:net";
import type { Server, Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import type { ServerStats } from "@halyard/server";
import { serverEnds } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { rawPolling, rawWebSocket, type RawPolling } from "./raw.ts";
import { serveEnd, stockLink } from "./stock.ts";

const ours = serverEnds.filter((end) => end.ours);

/** What our sockets and servers have beyond the incumbent's. */
type Watched = ServerSocket & { readonly bufferedBytes: number };

function statsOf(io: Server): ServerStats {
  return (io as unknown as { stats(): ServerStats }).stats();
}

interface Reader {
  readonly socket: Watched;
  /** Takes what there is until an event named `last`; returns the names of all. */
  readonly read: () => Promise<string[]>;
}

const LARGE = 200_000;

for (const end of ours) {
  const readers: Record<string, (io: Server, port: number) => Promise<Reader>> = {
    /** A WebSocket that is not read from. */
    async websocket(io, port) {
      const connection = once(io, "connection");
      const raw = await rawWebSocket(port);
      await raw.join();
      const [socket] = (await connection) as [Watched];
      const tcp = (raw.ws as unknown as { _socket: TcpSocket })._socket;
      tcp.pause();
      return {
        socket,
        async read() {
          tcp.resume();
          const names: string[] = [];
          while (names.at(-1) !== "last") names.push(eventName(await raw.next()));
          return names.filter((name) => name !== "");
        },
      };
    },
    /** Long-polling without polls. */
    async polling(io, port) {
      const connection = once(io, "connection");
      const raw = await rawPolling(port);
      await raw.join();
      const [socket] = (await connection) as [Watched];
      return { socket, read: () => poll(raw) };
    },
  };

  async function poll(raw: RawPolling): Promise<string[]> {
    const names: string[] = [];
    while (names.at(-1) !== "last")
      for (const packet of (await raw.get()).body.split("\u001e")) names.push(eventName(packet));
    return names.filter((name) => name !== "");
  }

  function eventName(packet: string | Buffer): string {
    return typeof packet === "string" ? (/^45?\d*(?:-\d+)?.*?\["(\w+)"/.exec(packet)?.[1] ?? "") : "";
  }

  for (const [transport, connect] of Object.entries(readers)) {
    describe(`a client over ${transport} that does not read`, () => {
      test("is shown in bytes, and as drained once it has read", async () => {
        const { io, port } = await serveEnd(end);
        const { socket, read } = await connect(io, port);
        const drains = record(socket, "drain");
        if (transport === "websocket") await fill(socket);
        else socket.emit("fill", "x".repeat(LARGE));
        expect(socket.bufferedBytes).toBeGreaterThan(LARGE);
        socket.emit("last");
        const drained = once(socket, "drain");
        expect(new Set(await read())).toEqual(new Set(["fill", "last"]));
        await drained;
        expect([socket.bufferedBytes, drains]).toEqual([0, [[]]]);
      });

      test("gets volatile events up to maxWritableBytes only", async () => {
        const { io, port } = await serveEnd(end, { maxWritableBytes: LARGE, maxQueuedBytes: 100 * LARGE } as object);
        const { socket, read } = await connect(io, port);
        if (transport === "websocket") await fill(socket);
        expect(statsOf(io).dropped.volatile).toBe(0);
        if (transport === "websocket") expect(socket.bufferedBytes).toBeGreaterThan(LARGE);
        socket.volatile.emit("volatile");
        io.volatile.emit("volatile");
        io.to(socket.id).volatile.emit("volatile");
        socket.emit("last");
        expect(statsOf(io).dropped.volatile).toBe(3);
        expect(await read()).not.toContain("volatile");
      });

      test("loses its connection at maxQueuedBytes, and nobody else does", async () => {
        const { io, port } = await serveEnd(end, { maxQueuedBytes: 5 * LARGE } as object);
        const { socket } = await connect(io, port);
        const other = await stockLink({ io, port });
        const left = once(socket, "disconnect");
        const heard = once(other.peer, "still here");
        let isGone = false;
        socket.once("disconnect", () => (isGone = true));
        while (!isGone) {
          socket.emit("more", "x".repeat(LARGE));
          await new Promise((resolve) => setImmediate(resolve));
        }
        const [reason, cause] = await left;
        expect([reason, cause.code]).toEqual(["slow consumer", "SLOW_CONSUMER"]);
        expect(cause.message).toContain("maxQueuedBytes");
        io.emit("still here");
        await heard;
        expect(statsOf(io).closed).toEqual({ "slow consumer": 1 });
      });

      test("loses its connection when nothing could be written for stallTimeout", async () => {
        const { io, port } = await serveEnd(end, { stallTimeout: 200 } as object);
        const { socket } = await connect(io, port);
        const left = once(socket, "disconnect");
        if (transport === "websocket") await fill(socket);
        else socket.emit("more");
        expect((await left)[0]).toBe("slow consumer");
      });

      test('with overflow: "drop" keeps its connection, and misses whole packets', async () => {
        const options = { overflow: "drop", maxQueuedBytes: 5 * LARGE };
        const { io, port } = await serveEnd(end, options as object);
        const { socket, read } = await connect(io, port);
        if (transport === "websocket") await fill(socket);
        let sent = 0;
        for (; sent < 100; sent++) {
          if (sent % 2) io.emit("many", "x".repeat(LARGE));
          else socket.emit("one", "x".repeat(LARGE));
          if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        const { dropped, closed } = statsOf(io);
        expect(closed).toEqual({});
        expect(dropped.overflow).toBeGreaterThan(80);
        expect(socket.bufferedBytes).toBeLessThan(6 * LARGE);
        const names = read();
        await once(socket, "drain");
        socket.emit("last");
        expect((await names).filter((name) => name === "one" || name === "many")).toHaveLength(sent - dropped.overflow);
      });
    });
  }

  test('with overflow: "drop" no packet loses some of its attachments', async () => {
    const options = { overflow: "drop", maxQueuedBytes: 1_000_000 };
    const running = await serveEnd(end, options as object);
    const { io } = running;
    const { peer, socket } = await stockLink(running);
    const tcp = (peer.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws._socket;
    tcp.pause();
    let received = 0;
    let whole = 0;
    peer.on("parts", (...parts: Buffer[]) => {
      received++;
      if (parts.every((part, index) => part.length === 50_000 && part.every((byte) => byte === index))) whole++;
    });
    const parts = [0, 1, 2].map((byte) => Buffer.alloc(50_000, byte));
    for (let sent = 0; sent < 200; sent++) {
      if (sent % 2) io.emit("parts", ...parts);
      else socket.emit("parts", ...parts);
      if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const dropped = statsOf(io).dropped.overflow;
    expect(dropped).toBeGreaterThan(0);
    tcp.resume();
    await eventually(() => received === 200 - dropped, "the rest arrives");
    expect([whole, peer.connected, statsOf(io).closed]).toEqual([received, true, {}]);
  });
}

for (const end of serverEnds)
  for (const transports of [["websocket"], ["polling"]])
    for (const deflate of [false, true])
      test(`ten large attachments to a client that reads: ${end.name}, ${transports[0]}, deflate ${deflate}`, async () => {
        const running = await serveEnd(end, { perMessageDeflate: deflate });
        const { peer, socket } = await stockLink(running, "/", { transports });
        const parts = Array.from({ length: 10 }, (_, index) => Buffer.alloc(1_000_000, index));
        for (const send of [() => socket.emit("large", ...parts), () => running.io.emit("large", ...parts)]) {
          const came = once(peer, "large");
          send();
          const received = (await came) as Buffer[];
          expect(received.map((part) => part.length)).toEqual(parts.map(({ length }) => length));
          expect(received.every((part, index) => part[0] === index)).toBe(true);
        }
        expect(peer.connected).toBe(true);
      });

/** Sends until the operating system takes no more, and something waits in the server. */
async function fill(socket: Watched): Promise<void> {
  for (let idle = 0; idle < 3;) {
    if (socket.bufferedBytes < 2 * LARGE) {
      socket.emit("fill", "x".repeat(LARGE));
      idle = 0;
    } else idle++;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

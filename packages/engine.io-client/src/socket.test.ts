import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { attach } from "engine.io";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fetch, NodeWebSocket, NodeXHR, Socket, XHR, type SocketOptions } from "./index.ts";

/** What the tests use of a server's socket. */
interface Peer {
  on(event: string, listener: (...args: any[]) => void): unknown;
  send(data: string | Buffer): unknown;
  close(discard?: boolean): unknown;
}

interface Engine {
  on(event: "connection", listener: (peer: Peer) => void): unknown;
  close(): unknown;
}

const clients: Record<string, SocketOptions> = {
  polling: { transports: ["polling"] },
  "polling by fetch": { transports: [Fetch] },
  websocket: { transports: ["websocket"] },
  "an upgrade": { transports: ["polling", "websocket"] },
};

describe("against engine.io", () => {
  let http: HttpServer;
  let engine: Engine;
  const sockets: Socket[] = [];

  async function serve(options: object = {}): Promise<void> {
    http = createServer();
    engine = attach(http as never, options) as unknown as Engine;
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
  }

  function connect(options: SocketOptions): Socket {
    const socket = new Socket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, options);
    sockets.push(socket);
    return socket;
  }

  function nextPeer(): Promise<Peer> {
    return new Promise((resolve) => engine.on("connection", resolve));
  }

  beforeEach(() => serve());

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close(true);
    engine.close();
    http.closeAllConnections();
    http.close();
  });

  test("shows what it was told, what waits and what it asks for", async () => {
    const { port } = http.address() as AddressInfo;
    const socket = new Socket(`http://127.0.0.1:${port}/?a=1`, { transports: ["polling"], extraHeaders: { b: "2" } });
    sockets.push(socket);
    const given = { transports: ["polling"], extraHeaders: { b: "2" } };
    const address = { hostname: "127.0.0.1", port: `${port}`, secure: false, path: "/engine.io/" };
    expect(socket.opts).toMatchObject({ ...given, ...address, query: { a: "1" } });
    expect(socket.secure).toBe(false);
    socket.send("one", { compress: false });
    expect(socket.writeBuffer).toEqual([{ type: "message", data: "one", options: { compress: false } }]);
    const drained = event(socket, "drain");
    await event(socket, "open");
    expect(socket.transport.query).toEqual({ a: "1", EIO: 4, transport: "polling", sid: socket.id });
    await drained;
    expect(socket.writeBuffer).toEqual([]);
  });

  for (const [name, options] of Object.entries(clients)) {
    test(`echoes text and binary over ${name}, in order`, async () => {
      engine.on("connection", (peer) => peer.on("message", (data) => peer.send(data)));
      const socket = connect(options);
      const sent = Array.from({ length: 60 }, (_, index) =>
        index % 3 === 2 ? Buffer.from([index, 0, 255]) : `${index} é€😀 \u2028`,
      );
      const received = collect(socket, sent.length);
      for (const data of sent) socket.send(data);
      expect(await received).toEqual(sent);
    });

    test(`delivers what was sent before close over ${name}`, async () => {
      const peer = nextPeer();
      const socket = connect(options);
      const closed = event(socket, "close");
      for (let index = 0; index < 50; index++) socket.send(`${index}`);
      const received: string[] = [];
      const ended = peer.then(async (it) => {
        it.on("message", (data: string) => received.push(data));
        await new Promise((resolve) => it.on("close", resolve));
      });
      socket.close();
      expect(socket.readyState).toBe("closing");
      expect(await closed).toEqual(["forced close", undefined]);
      await ended;
      expect(received).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
    });

    test(`is closed by the server over ${name}`, async () => {
      engine.on("connection", (peer) => {
        peer.send("last");
        peer.close();
      });
      const socket = connect(options);
      const [messages, [reason, details]] = await Promise.all([collect(socket, 1), event(socket, "close")]);
      expect(messages).toEqual(["last"]);
      expect(reason).toBe("transport close");
      expect(details).toMatchObject({ description: expect.stringContaining("closed") });
      expect(socket.readyState).toBe("closed");
    });

    test(`carries messages beyond one payload over ${name}`, async () => {
      engine.on("connection", (peer) => peer.on("message", (data) => peer.send(`${data.length}`)));
      const socket = connect(options);
      await event(socket, "open");
      const received = collect(socket, 12);
      for (let index = 1; index <= 6; index++) {
        socket.send("é".repeat(80_000 * index));
        socket.send(Buffer.alloc(80_000 * index));
      }
      const lengths = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6].map((count) => `${count * 80_000}`);
      expect(await received).toEqual(lengths);
    });
  }

  test("emits what engine.io-client emits", async () => {
    engine.on("connection", (peer) => peer.on("message", (data) => peer.send(data)));
    const { Socket: Incumbent } = await import("engine.io-client");
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const ours = await sequence(connect({ transports: ["websocket"] }));
    const theirs = await sequence(new Incumbent(url, { transports: ["websocket"] }) as unknown as Socket);
    expect(ours).toEqual(theirs);
  });

  test("upgrades, and says so", async () => {
    const socket = connect({});
    const names: string[] = [];
    socket.on("upgrading", (transport) => void names.push(`${socket.transport.name} to ${transport.name}`));
    const [transport] = await event(socket, "upgrade");
    expect(transport.name).toBe("websocket");
    expect(socket.transport.name).toBe("websocket");
    expect(names).toEqual(["polling to websocket"]);
  });

  test("does not upgrade when told not to", async () => {
    engine.on("connection", (peer) => peer.on("message", (data) => peer.send(data)));
    const socket = connect({ upgrade: false });
    socket.on("upgrading", () => expect.unreachable());
    for (let turn = 0; turn < 5; turn++) {
      const answer = collect(socket, 1);
      socket.send("turn");
      await answer;
    }
    expect(socket.transport.name).toBe("polling");
  });

  test("answers pings on either transport", async () => {
    engine.close();
    http.close();
    await serve({ pingInterval: 20, pingTimeout: 5_000 });
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = connect({ transports });
      socket.on("close", (reason) => expect.unreachable(reason));
      for (let pings = 0; pings < 4; pings++) await event(socket, "ping");
      socket.off("close");
    }
  });

  test("closes with a ping timeout when the server falls silent", async () => {
    const { default: net } = await import("node:net");
    engine.close();
    http.close();
    await serve({ pingInterval: 60, pingTimeout: 60 });
    const upstream = (http.address() as AddressInfo).port;
    let forward = true;
    const proxy = net.createServer((client) => {
      const server = net.connect(upstream, "127.0.0.1");
      client.pipe(server);
      server.on("data", (chunk) => void (forward && client.write(chunk)));
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const)
        from.on("error", () => to.destroy()).on("close", () => to.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const socket = new Socket(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, {
      transports: ["websocket"],
    });
    await event(socket, "open");
    forward = false;
    expect((await event(socket, "close"))[0]).toBe("ping timeout");
    proxy.close();
  });

  test("fails when nobody answers", async () => {
    for (const [transports, message] of [
      [["polling"], "xhr poll error"],
      [[Fetch], "fetch read error"],
      [["websocket"], "websocket error"],
    ] as const) {
      const socket = new Socket("http://127.0.0.1:1", { transports: transports as SocketOptions["transports"] });
      const [[error], [reason]] = await Promise.all([event(socket, "error"), event(socket, "close")]);
      expect(error).toMatchObject({
        message,
        type: "TransportError",
        code: message.toUpperCase().replaceAll(" ", "_"),
      });
      expect(reason).toBe("transport error");
    }
  });

  test("reports the status and the answer of a refused handshake", async () => {
    engine.close();
    http.close();
    await serve({
      allowRequest: (_request: unknown, answer: (error: string, ok: boolean) => void) => answer("no", false),
    });
    const [error] = await event(connect({ transports: ["polling"] }), "error");
    expect(error).toMatchObject({
      description: 403,
      context: { status: 403, responseText: '{"code":4,"message":"no"}' },
    });
  });

  test("tries the next transport when told to", async () => {
    class Broken extends NodeXHR {
      protected override request(): never {
        throw new Error("broken");
      }
    }
    const socket = connect({ transports: [Broken, NodeWebSocket], tryAllTransports: true });
    await event(socket, "open");
    expect(socket.transport.name).toBe("websocket");
  });

  test("sends a Blob in its turn", async () => {
    engine.on("connection", (peer) => peer.on("message", (data) => peer.send(data)));
    const socket = connect({ transports: ["websocket"] });
    const received = collect(socket, 4);
    socket
      .send("before")
      .send(new Blob(["blob"]))
      .send("after")
      .send(new Uint16Array([1, 2]).buffer);
    expect(await received).toEqual(["before", Buffer.from("blob"), "after", Buffer.from([1, 0, 2, 0])]);
  });

  test(
    "keeps order and count through 200 upgrades under traffic in both directions",
    { timeout: 120_000 },
    async () => {
      const random = seeded(20_261_123);
      engine.on("connection", (peer) => {
        let next = 0;
        peer.on("message", (data: string) => {
          expect(data).toBe(`${next++}`);
          peer.send(data);
          if (data === "0") push(peer, 0);
        });
      });
      for (let round = 0; round < 200; round += 20)
        await Promise.all(Array.from({ length: 20 }, () => exchangeDuringUpgrade(connect({}), random)));
    },
  );

  test("leaves nothing behind when closed at any step of an upgrade", async () => {
    const steps = ["open", "upgrading", "upgrade", "packet", "flush"] as const;
    for (const step of steps)
      for (const side of ["client", "server"]) {
        const peer = nextPeer();
        const socket = connect({});
        const closed = event(socket, "close");
        const it = peer.then((found) => new Promise<void>((resolve) => void found.on("close", () => resolve())));
        socket.once(step, () => void (side === "client" ? socket.close() : peer.then((found) => found.close())));
        socket.send("hello");
        await Promise.all([closed, it]);
        expect(socket.readyState).toBe("closed");
      }
  });
});

test("implements polling by XMLHttpRequest where there is one", () => {
  expect(XHR.prototype.name).toBe("polling");
});

/** Sends 30 messages, one per turn of the event loop. */
function push(peer: Peer, index: number): void {
  peer.send(`s${index}`);
  if (index < 29) setImmediate(() => push(peer, index + 1));
}

async function exchangeDuringUpgrade(socket: Socket, random: () => number): Promise<void> {
  const count = 40;
  const echoes: string[] = [];
  const pushed: string[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      if (typeof data === "string") (data.startsWith("s") ? pushed : echoes).push(data);
      if (echoes.length === count && pushed.length === 30 && socket.transport.name === "websocket") resolve();
    });
    socket.on("upgrade", () => {
      if (echoes.length === count && pushed.length === 30) resolve();
    });
  });
  for (let sent = 0; sent < count;) {
    for (let burst = Math.floor(random() * 4); burst >= 0 && sent < count; burst--) socket.send(`${sent++}`);
    for (let turns = random() * 8; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  expect(echoes).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
  expect(pushed).toEqual(Array.from({ length: 30 }, (_, index) => `s${index}`));
  const closed = event(socket, "close");
  socket.close();
  await closed;
}

/** The events of an exchange, by name, as they come. */
async function sequence(socket: Socket): Promise<string[]> {
  const names: string[] = [];
  const all = [
    "open",
    "handshake",
    "packet",
    "packetCreate",
    "data",
    "message",
    "heartbeat",
    "flush",
    "close",
  ] as const;
  for (const name of all) socket.on(name, () => void names.push(name));
  await event(socket, "open");
  const answer = collect(socket, 1);
  socket.send("hello");
  await answer;
  const closed = event(socket, "close");
  socket.close();
  await closed;
  return names;
}

function event(socket: Socket, name: Parameters<Socket["once"]>[0]): Promise<any[]> {
  return new Promise((resolve) => void socket.once(name, (...args: unknown[]) => resolve(args)));
}

function collect(socket: Socket, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const messages: unknown[] = [];
    const listener = (data: unknown): void => {
      if (messages.push(data) < count) return;
      socket.off("message", listener);
      resolve(messages);
    };
    socket.on("message", listener);
  });
}

/** A small generator of reproducible numbers from 0 to 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

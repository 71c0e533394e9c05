import { execFile } from "node:child_process";
import { Channel } from "node:diagnostics_channel";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { createClusterAdapter, MemoryNetwork } from "@halyard/adapter";
import { io as connect, type ManagerOptions, type Socket as ClientSocket, type SocketOptions } from "@halyard/client";
import { channelNames, subscribe, type ChannelName, type DiagnosticsMessages } from "@halyard/diagnostics";
import { createAdapter } from "@halyard/redis-adapter";
import { Server, type ServerOptions, type Socket } from "@halyard/server";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { eventually, once } from "./events.ts";
import { serving } from "./listening.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** What servers tell on their diagnostics channels, over real sockets. */
describe("connections", () => {
  test("open, move to WebSocket and close", async () => {
    const { io, connectTo, told } = await start();
    const { client, socket } = await connectTo("/", { transports: ["polling", "websocket"] });
    const { id: connectionId } = socket.conn;
    const [upgrade] = await told("halyard:engine:upgrade");
    client.disconnect();
    const [close] = await told("halyard:engine:close");
    const [open] = await told("halyard:engine:open");
    expect(open).toEqual({ connectionId, transport: "polling", protocol: 4, address: "127.0.0.1" });
    expect(upgrade).toMatchObject({ connectionId, from: "polling", to: "websocket" });
    expect(close).toMatchObject({ connectionId, transport: "websocket", reason: "transport close" });
    expect(Math.min(close?.durationMs ?? -1, upgrade?.durationMs ?? -1)).toBeGreaterThanOrEqual(0);
    expect(io.engine.clientsCount).toBe(0);
  });

  test("stay on long-polling where what comes over the new connection is not expected, or ends", async () => {
    const { port, told } = await start();
    const reasons = ["unexpected packet", "closed"];
    for (const reason of reasons) {
      const sid = await openSession(port);
      const { raw } = await openRaw(port, `&sid=${sid}`);
      if (reason === "closed") raw.terminate();
      else raw.send("4too early");
      await eventually(() => told.now("halyard:engine:upgrade-fail").at(-1)?.connectionId === sid, reason);
    }
    expect(told.now("halyard:engine:upgrade-fail")).toMatchObject(
      reasons.map((reason) => ({ from: "polling", to: "websocket", reason })),
    );
  });

  test("are refused", async () => {
    const { port, told } = await start();
    await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=pigeon&token=secret`);
    await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling&sid=nobody`);
    const refusals = await told("halyard:engine:refuse", 2);
    expect(refusals).toEqual([
      { code: 0, message: "Transport unknown", address: "127.0.0.1" },
      { code: 1, message: "Session ID unknown", transport: "polling", address: "127.0.0.1" },
    ]);
  });

  test("that break a rule of the engine say which", async () => {
    const { port, told } = await start();
    const { raw } = await openRaw(port);
    raw.send("0");
    const [close] = await told("halyard:engine:close");
    expect(close).toMatchObject({ reason: "parse error", code: "ENGINE_PARSE", error: expect.any(Error) });
  });
});

describe("sockets", () => {
  test("come and go", async () => {
    const { connectTo, told } = await start();
    const { client, socket } = await connectTo("/chat");
    const { id: socketId } = socket;
    const common = { socketId, connectionId: socket.conn.id, namespace: "/chat" };
    client.disconnect();
    expect(await told("halyard:socket:disconnect")).toEqual([{ ...common, reason: "client namespace disconnect" }]);
    expect(await told("halyard:socket:connect")).toEqual([{ ...common, recovered: false }]);
  });

  test("are refused, for four reasons", async () => {
    const { io, client, told } = await start({ maxAuthBytes: 100 });
    io.of("/closed").use((_socket, next) => next(new Error("not you")));
    io.of("/broken").use(() => {
      throw new Error("broken");
    });
    const auth = { token: "x".repeat(200) };
    for (const [namespace, options] of [["/closed"], ["/broken"], ["/none"], ["/", { auth }]] as const)
      await once(client(namespace, options), "connect_error");
    expect(told.now("halyard:socket:refuse")).toMatchObject([
      { namespace: "/closed", reason: "middleware", message: "not you" },
      { namespace: "/broken", reason: "middleware failed", message: "internal error" },
      { namespace: "/none", reason: "invalid namespace" },
      { namespace: "/", reason: "auth too large" },
    ]);
    expect(told.now("halyard:server:error")).toMatchObject([{ namespace: "/broken", error: { message: "broken" } }]);
  });

  test("are recovered, or not", async () => {
    const { connectTo, port, told, io } = await start({ connectionStateRecovery: {} });
    const { client, socket } = await connectTo("/", { reconnectionDelay: 1, reconnectionDelayMax: 1 });
    const first = once(client, "news");
    socket.emit("news", 1);
    await first;
    const missed = once(client, "news");
    const gone = once(socket, "disconnect");
    const back = once(io, "connection");
    socket.conn.close(true);
    await gone;
    io.emit("news", 2);
    expect(await missed).toEqual([2]);
    const [again] = (await back) as [Socket];
    expect(await told("halyard:socket:recover")).toEqual([
      { socketId: socket.id, connectionId: again.conn.id, namespace: "/", messages: 1 },
    ]);
    expect(told.now("halyard:socket:connect").map(({ recovered }) => recovered)).toEqual([false, true]);

    const { raw } = await openRaw(port);
    raw.send('40{"pid":"unknown","offset":"a"}');
    const [failure] = await told("halyard:socket:recover-fail");
    expect(failure).toMatchObject({ namespace: "/", reason: "unknown session" });
    expect(failure?.socketId).not.toBe(socket.id);
  });
});

describe("packets", () => {
  test("go in and out, with the bytes of their attachments", async () => {
    const { connectTo, told } = await start();
    const { client, socket } = await connectTo("/files");
    socket.on("save", (_name: string, bytes: Buffer, reply: (size: number) => void) => reply(bytes.length));
    await client.emitWithAck("save", "a", Buffer.alloc(1_000));
    const text = '51-/files,0["save","a",{"_placeholder":true,"num":0}]';
    const { id: connectionId } = socket.conn;
    const common = { connectionId, namespace: "/files" };
    expect(await told("halyard:packet:receive", 2)).toEqual([
      { ...common, type: "connect", bytes: "0/files,".length },
      { ...common, type: "event", event: "save", ackId: 0, bytes: text.length + 1_000 },
    ]);
    expect(told.now("halyard:packet:send")).toMatchObject([
      { ...common, type: "connect", recipients: 1 },
      { ...common, type: "ack", ackId: 0, bytes: "3/files,0[1000]".length, recipients: 1 },
    ]);
  });

  test("to many are told of once", async () => {
    const { io, connectTo, told } = await start();
    const links = [await connectTo(), await connectTo(), await connectTo()];
    const heard = links.map(({ client }) => once(client, "news"));
    io.emit("news", "x");
    await Promise.all(heard);
    const events = told.now("halyard:packet:send").filter(({ type }) => type === "event");
    expect(events).toEqual([
      { namespace: "/", type: "event", event: "news", bytes: '2["news","x"]'.length, recipients: 3 },
    ]);
  });

  test("of recovery and of repeated events are told of, too", async () => {
    const { io, connectTo, told } = await start({ connectionStateRecovery: {} });
    const { client, socket } = await connectTo("/", { retries: 1 });
    socket.on("save", (reply: () => void) => reply());
    const heard = once(client, "own");
    socket.emit("own");
    await heard;
    const all = once(client, "all");
    io.emit("all");
    await all;
    await client.emitWithAck("save");
    const sent = told.now("halyard:packet:send").slice(1);
    expect(sent.map(({ type, event, recipients }) => [type, event, recipients])).toEqual([
      ["event", "own", 1],
      ["event", "all", 1],
      ["ack", undefined, 1],
    ]);
  });

  test("are dropped where a client is slow", async () => {
    const { connectTo, joinRaw, told } = await start({
      overflow: "drop",
      maxQueuedBytes: 100_000,
      maxWritableBytes: 1_000,
    });
    await connectTo();
    const { raw, socket } = await joinRaw();
    raw.pause();
    const megabyte = "x".repeat(1_000_000);
    while (!told.now("halyard:packet:drop").some(({ reason }) => reason === "overflow")) {
      socket.emit("much", megabyte);
      socket.volatile.emit("perhaps");
      await new Promise((resolve) => setImmediate(resolve));
    }
    const drops = told.now("halyard:packet:drop");
    expect(new Set(drops.map(({ reason }) => reason))).toEqual(new Set(["overflow", "volatile"]));
    expect(drops.every(({ connectionId }) => connectionId === socket.conn.id)).toBe(true);
    expect(Math.min(...drops.map(({ bufferedBytes }) => bufferedBytes))).toBeGreaterThan(0);
    raw.terminate();
  });

  test("that mean nothing any more are ignored", async () => {
    const { joinRaw, told } = await start();
    const { raw, socket } = await joinRaw();
    raw.send("43999[]");
    await told("halyard:packet:ignore");
    socket.disconnect();
    raw.send('42["late"]');
    const reasons = (await told("halyard:packet:ignore", 2)).map(({ namespace, reason }) => [namespace, reason]);
    expect(reasons).toEqual([
      ["/", "unknown ack"],
      ["/", "left namespace"],
    ]);
    raw.terminate();
  });

  test("that come again are answered, and not handled again", async () => {
    const { joinRaw, told } = await start();
    const { raw, socket } = await joinRaw('40{"~":"abcdefghijklmnopqrstuvwxyz"}');
    let handled = 0;
    socket.on("save", (reply: () => void) => {
      handled++;
      reply();
    });
    raw.send('420["save"]');
    raw.send('420["save"]');
    expect(await told("halyard:packet:ignore")).toMatchObject([{ reason: "repeated event" }]);
    expect(told.now("halyard:packet:send").filter(({ type }) => type === "ack")).toMatchObject([
      { namespace: "/", ackId: 0, connectionId: socket.conn.id },
      { namespace: "/", ackId: 0 },
    ]);
    expect(handled).toBe(1);
    raw.terminate();
  });
});

describe("acknowledgements", () => {
  test("are asked for, and answered or not", async () => {
    const { io, connectTo, told } = await start();
    const { client, socket } = await connectTo();
    client.on("ask", (reply: (answer: number) => void) => reply(1));
    client.on("never", () => {});
    await socket.emitWithAck("ask");
    await socket.timeout(1).emitWithAck("never").catch(String);
    const left = socket.emitWithAck("never").catch(String);
    await io.timeout(60_000).emitWithAck("ask");
    client.disconnect();
    await left;
    const { id: socketId } = socket;
    const common = { namespace: "/", clients: 1 };
    expect(told.now("halyard:ack:ask")).toEqual([
      { ...common, event: "ask", socketId },
      { ...common, event: "never", socketId, timeoutMs: 1 },
      { ...common, event: "never", socketId },
      { ...common, event: "ask", timeoutMs: 60_000 },
    ]);
    expect(told.now("halyard:ack:settle")).toEqual(
      [
        { event: "ask", socketId, answers: 1, outcome: "answered" },
        { event: "never", socketId, answers: 0, outcome: "timeout" },
        { event: "ask", answers: 1, outcome: "answered" },
        { event: "never", socketId, answers: 0, outcome: "disconnected" },
      ].map((settled) => ({ ...common, ...settled, durationMs: expect.any(Number) })),
    );
  });
});

describe("servers", () => {
  test("tell who breaks the rules", async () => {
    const { port, told } = await start({ connectTimeout: 1 });
    await openRaw(port); // it joins nothing
    const other = await start();
    for (const message of ["4nonsense", '42["early"]']) (await openRaw(other.port)).raw.send(message);
    const violations = [...(await told("halyard:server:violation", 3))].toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(violations).toMatchObject([
      { kind: "idle", message: expect.stringContaining("connectTimeout") },
      { kind: "parse", code: "SOCKET_PARSE" },
      { kind: "protocol", code: "SOCKET_VIOLATION" },
    ]);
  });

  test("tell of handlers that fail", async () => {
    const { connectTo, told } = await start();
    const { client, socket } = await connectTo("/work");
    const failure = new Error("broken");
    socket.on("do", () => {
      throw failure;
    });
    client.emit("do");
    expect(await told("halyard:server:error")).toEqual([
      { error: failure, namespace: "/work", socketId: socket.id, event: "do" },
    ]);
  });

  test("tell that they are drained", async () => {
    const { io, connectTo, told } = await start();
    await connectTo();
    await connectTo();
    await io.drain({ duration: 1 });
    expect(told.now("halyard:server:drain-start")).toEqual([{ connections: 2, durationMs: 1 }]);
    expect(told.now("halyard:server:drain-end")).toEqual([{ connections: 0, durationMs: expect.any(Number) }]);
  });
});

describe("clusters", () => {
  test("tell who comes and goes, and who does not answer", async () => {
    const network = new MemoryNetwork();
    const { io, told } = await start({ adapter: createClusterAdapter(network.join("a")) });
    const other = await start({ adapter: createClusterAdapter(network.join("b")) });
    await eventually(() => told.now("halyard:adapter:join").length === 2, "both know each other");
    expect(told.now("halyard:adapter:join")).toContainEqual({ nodeId: "a", peerId: "b" });
    await io.fetchSockets();
    network.partition(["b"]);
    await told("halyard:adapter:down");
    await io.timeout(1).fetchSockets();
    network.partition(["a", "b"]);
    expect(await told("halyard:adapter:gap")).toContainEqual({ nodeId: "a" });
    await other.io.close();
    await eventually(() => told.now("halyard:adapter:leave").some(({ peerId }) => peerId === "b"), "one has left");
    expect(told.now("halyard:adapter:query")).toMatchObject([
      { namespace: "/", kind: "fetchSockets", replies: 0, missing: [] },
      { namespace: "/", kind: "fetchSockets", replies: 0, missing: [{ node: "b", reason: "silent" }] },
    ]);
    expect(told.now("halyard:adapter:up").length).toBeGreaterThanOrEqual(2);
  });

  test("tell what becomes of Redis", async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.kill());
    const options = { socket: { port: redis.port, reconnectStrategy: 10 } };
    const [publisher, subscriber] = [createClient(options), createClient(options)];
    for (const client of [publisher, subscriber]) {
      client.on("error", () => {});
      await client.connect();
      onTestFinished(() => client.destroy());
    }
    const { io, told } = await start({ adapter: createAdapter(publisher, subscriber) });
    const [up] = await told("halyard:adapter:up");
    await redis.kill();
    const [down] = await told("halyard:adapter:down");
    expect(down?.nodeId).toBe(up?.nodeId);
    await eventually(() => !publisher.isReady && !subscriber.isReady, "both clients know");
    for (let sent = 0; sent < 3; sent++) io.emit("news");
    expect((await told("halyard:adapter:backlog", 2)).map(({ messages }) => messages)).toEqual([1, 2]);
    await redis.start();
    await told("halyard:adapter:up", 2);
    await eventually(() => told.now("halyard:adapter:backlog").at(-1)?.messages === 0, "nothing waits any more");
    await told("halyard:adapter:gap");
    await io.close();
    expect(told.now("halyard:adapter:close")).toEqual([up]);
  });
});

test("nothing is published that nobody has asked for", async () => {
  const publish = vi.spyOn(Channel.prototype, "publish");
  onTestFinished(() => publish.mockRestore());
  const { io, connectTo, port } = await start({}, () => false);
  const { client, socket } = await connectTo("/", { transports: ["polling", "websocket"] });
  socket.on("ask", (reply: () => void) => reply());
  client.on("ask", (reply: () => void) => reply());
  await client.emitWithAck("ask");
  await socket.emitWithAck("ask");
  await io.emitWithAck("ask");
  await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=pigeon`);
  await io.close();
  const names = publish.mock.contexts.map((channel) => (channel instanceof Channel ? String(channel.name) : ""));
  expect(names.filter((name) => name.startsWith("halyard:"))).toEqual([]);
});

describe("the log", () => {
  const program = `
    const io = new Server(0);
    io.on("connection", (socket) => socket.on("ask", (reply) => reply()));
    const { port } = io.httpServer.address();
    const client = connect("http://127.0.0.1:" + port, { transports: ["websocket"], auth: { token: "secret" }, extraHeaders: { cookie: "secret" } });
    client.emit("ask", () => io.close().then(() => client.disconnect()));
  `;
  const modules = {
    module: `import { Server } from "@halyard/server"; import { io as connect } from "@halyard/client"; ${program}`,
    commonjs: `const { Server } = require("@halyard/server"); const { io: connect } = require("@halyard/client"); ${program}`,
  };

  /** The lines that a program writes to the standard error, without their times. */
  async function run(kind: keyof typeof modules, DEBUG: string | undefined): Promise<string[]> {
    const args = [`--input-type=${kind}`, "--eval", modules[kind]];
    const { DEBUG: _own, ...env } = process.env;
    const { stderr } = await promisify(execFile)(process.execPath, args, {
      cwd: import.meta.dirname,
      env: { ...env, ...(DEBUG !== undefined && { DEBUG }) },
    });
    return stderr.split("\n").flatMap((line) => /halyard:.*/.exec(line) ?? []);
  }

  test.each(["module", "commonjs"] as const)("is written by programs of type %s", async (kind) => {
    const lines = await run(kind, "halyard:*");
    expect(lines[0]).toMatch(/^halyard:engine open connectionId=\S{6}\.\.\. transport=websocket protocol=4$/);
    expect(lines).toContainEqual(expect.stringMatching(/^halyard:socket connect socketId=\S{20} .*namespace=\/ /));
    expect(lines).toContainEqual(
      expect.stringMatching(/^halyard:packet receive .*type=event event=ask ackId=0 bytes=9$/),
    );
    expect(lines.at(-1)).toMatch(/^halyard:engine close .* reason="server shutting down" durationMs=\d+$/);
    expect(lines.join("\n")).not.toMatch(/secret|127\.0\.0\.1/);
  });

  test("leaves out what DEBUG leaves out", async () => {
    const areas = (lines: readonly string[]): string[] => [
      ...new Set(lines.map((line) => line.split(" ", 1)[0] ?? "")),
    ];
    expect(areas(await run("module", "other,halyard:*,-halyard:packet"))).toEqual(["halyard:engine", "halyard:socket"]);
    expect(areas(await run("commonjs", "halyard:engine"))).toEqual(["halyard:engine"]);
    expect(await run("module", "express:*")).toEqual([]);
    expect(await run("commonjs", undefined)).toEqual([]);
  });
});

/** What has been told since a server was started. */
interface Told {
  /** Waits for so many messages of a channel, and returns all that there are. */
  <Name extends ChannelName>(name: Name, count?: number): Promise<readonly DiagnosticsMessages[Name][]>;
  now<Name extends ChannelName>(name: Name): readonly DiagnosticsMessages[Name][];
}

function listen(isWanted: (name: ChannelName) => boolean): Told {
  const all = new Map<string, unknown[]>();
  for (const name of channelNames.filter(isWanted))
    onTestFinished(subscribe(name, (message) => void all.set(name, [...(all.get(name) ?? []), message])));
  const now = <Name extends ChannelName>(name: Name) => (all.get(name) ?? []) as DiagnosticsMessages[Name][];
  const told = async <Name extends ChannelName>(name: Name, count = 1) => {
    await eventually(() => now(name).length >= count, `${count} of ${name}`);
    return now(name);
  };
  return Object.assign(told, { now });
}

/** Starts a server, to which everything of its processes' channels belongs from now on. */
async function start(options: Partial<ServerOptions> = {}, isWanted: (name: ChannelName) => boolean = () => true) {
  const http = createServer();
  const io = new Server(http, { onError: () => {}, ...options });
  const told = listen(isWanted);
  const port = await serving(http, io);
  const client = (namespace = "/", settings: Partial<ManagerOptions & SocketOptions> = {}): ClientSocket => {
    const made = connect(`http://127.0.0.1:${port}${namespace}`, {
      transports: ["websocket"],
      forceNew: true,
      ...settings,
    });
    onTestFinished(() => void made.disconnect());
    return made;
  };
  const connectTo = async (namespace = "/", settings: Partial<ManagerOptions & SocketOptions> = {}) => {
    const joined = once(io.of(namespace), "connection");
    const made = client(namespace, settings);
    await once(made, "connect");
    const [socket] = (await joined) as [Socket];
    return { client: made, socket };
  };
  const joinRaw = async (packet = "40") => {
    const joined = once(io, "connection");
    const { raw } = await openRaw(port);
    raw.send(packet);
    const [socket] = (await joined) as [Socket];
    return { raw, socket };
  };
  return { io, port, client, connectTo, joinRaw, told };
}

/** Opens a session over long-polling, and returns its id. */
async function openSession(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
  return sid;
}

/** Opens a WebSocket whose messages are written by hand. */
async function openRaw(port: number, query = ""): Promise<{ raw: WebSocket }> {
  const raw = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket${query}`);
  onTestFinished(() => raw.terminate());
  await once(raw, "open");
  return { raw };
}

import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { connect, type Socket as TcpSocket } from "node:net";
import { join } from "node:path";
import { Server } from "@halyard/server";
import type { Socket as EngineSocket } from "engine.io";
import { describe, expect, onTestFinished, test } from "vitest";
import { engineEnds, startEngine, type EngineRig, type EngineSettings } from "./engine-rig.ts";
import { eventually, once } from "./events.ts";
import { serving } from "./listening.ts";
import { bytesAtRest, bytesInUse } from "./memory.ts";
import { frame, requestText, upgradeText } from "./raw.ts";
import { stall } from "./stall.ts";

const WEBSOCKET = "/engine.io/?EIO=4&transport=websocket";
const programs = join(import.meta.dirname, "programs");

const startOurs = (settings?: EngineSettings): Promise<EngineRig> => startEngine(engineEnds[1]!, settings);

/** Runs one of the programs until the test is over. */
function run(program: string, ...args: string[]): ChildProcess {
  const child = fork(join(programs, program), args, { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** A connection that writes what it is told, and reads nothing. */
async function rawConnection(port: number, bytes: string | Buffer = ""): Promise<TcpSocket> {
  const tcp = connect(port, "127.0.0.1");
  tcp.on("error", () => {});
  onTestFinished(() => void tcp.destroy());
  await once(tcp, "connect");
  tcp.pause().write(bytes);
  return tcp;
}

/** Answers a client who is not involved, within the time that nobody notices. */
async function expectOthersServed(rig: EngineRig): Promise<void> {
  const { ws, next } = await rig.connect();
  await next();
  const socket = rig.sockets.at(-1)!;
  socket.on("message", (message) => socket.send(message));
  ws.send("4ask");
  expect(await next()).toBe("4ask");
  ws.terminate();
  await once(socket, "close");
}

describe("L11: pings", () => {
  test("a flood of them costs under 20 MB, and others are served", async () => {
    const rig = await startOurs();
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame("x".repeat(125), { opcode: 9 })));
    const before = await bytesAtRest();
    const child = run(
      "flood.mjs",
      String(rig.port),
      upgradeText(WEBSOCKET).toString("base64"),
      pings.toString("base64"),
      "600",
    );
    let isOver = false;
    child.once("message", () => (isOver = true)).once("exit", () => (isOver = true));
    await eventually(() => rig.sockets.length > 0, "the flood begins");
    let most = 0;
    for (let look = 0; !isOver || look < 3; look++) {
      most = Math.max(most, bytesInUse() - before);
      await expectOthersServed(rig);
    }
    expect(most).toBeLessThan(20_000_000);
    expect(rig.sockets[0]?.readyState).toBe("open");
  });
});

/** How often Node.js looks for requests whose time is over, unless told otherwise. */
const NODES_CHECK_MS = 30_000;

describe("L10: time for requests", () => {
  test.each([
    ["the head", "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n"],
    ["the body", requestText("POST", "/other", { headers: { "content-length": "10" } })],
  ])("%s that does not arrive ends the connection, soon after its time", async (_what, bytes) => {
    const { listen } = engineEnds[1]!.module;
    const engine = listen(0, { requestTimeout: 300 } as object, undefined as never);
    const { httpServer } = engine;
    if (httpServer === undefined) throw new Error("no HTTP server");
    onTestFinished(async () => {
      httpServer.close();
      engine.close();
    });
    await once(httpServer, "listening");
    const { port } = httpServer.address() as { port: number };
    const startedMs = performance.now();
    const tcp = await rawConnection(port, bytes);
    await once(tcp.resume(), "close");
    expect(performance.now() - startedMs).toBeLessThan(NODES_CHECK_MS);
  });
});

describe("H3: a stalled event loop", () => {
  test("drops no client that is alive, on either transport", async () => {
    const rig = await startOurs({ pingInterval: 150, pingTimeout: 4_000 }); // what the clients' process may take on a busy machine;
    const clients = run("many-clients.mjs");
    clients.send({ port: rig.port, websocket: 40, polling: 20 });
    expect((await once(clients, "message"))[0]).toEqual({ live: 60, ends: [] });
    for (let round = 0; round < 2; round++) {
      const last = rig.sockets[(round * 17) % 60]!;
      while ((await once(last, "packetCreate"))[0].type !== "ping");
      await new Promise((resolve) => setImmediate(resolve)); // the pings have left, and their answers come during the stall
      const beats = rig.sockets.map((socket) => once(socket, "heartbeat"));
      stall(4_600);
      await Promise.all(beats);
    }
    clients.send("report");
    expect((await once(clients, "message"))[0]).toEqual({ live: 60, ends: [] });
    expect(rig.engine.clientsCount).toBe(60);
  });

  test("does not keep one that is dead", async () => {
    const rig = await startOurs({ pingInterval: 100, pingTimeout: 100 });
    const frozen = await rawConnection(rig.port, upgradeText(WEBSOCKET));
    await eventually(() => rig.sockets.length === 1, "the session");
    const closed = once(rig.sockets[0]!, "close");
    stall(500);
    expect((await closed)[0]).toBe("ping timeout");
    frozen.destroy();
  });
});

/** Clients that read nothing of what they are sent, by kind. */
const readers: [name: string, join: (rig: EngineRig) => Promise<EngineSocket>][] = [
  [
    "whose WebSocket reads nothing",
    async (rig) => {
      const known = rig.sockets.length;
      await rawConnection(rig.port, upgradeText(WEBSOCKET));
      await eventually(() => rig.sockets.length > known, "the session");
      return rig.sockets.at(-1)!;
    },
  ],
  [
    "that never polls",
    async (rig) => {
      await rig.open();
      return rig.sockets.at(-1)!;
    },
  ],
  [
    "that reads nothing of the answer to its poll",
    async (rig) => {
      const { sid } = await rig.open();
      const socket = rig.sockets.at(-1)!;
      await rawConnection(rig.port, requestText("GET", `/engine.io/?EIO=4&transport=polling&sid=${sid}`));
      await eventually(() => socket.transport.writable, "its poll");
      return socket;
    },
  ],
];

describe("P3: a client that reads nothing", () => {
  test.each(readers)("and %s costs at most 7 MB, and others are served", async (_name, joinAs) => {
    const COUNT = 6;
    const rig = await startOurs({ httpCompression: false });
    const sockets: EngineSocket[] = [];
    for (let each = 0; each < COUNT; each++) sockets.push(await joinAs(rig));
    const reasons: unknown[] = [];
    for (const socket of sockets) socket.on("close", (reason) => reasons.push(reason));
    const before = await bytesAtRest();
    let most = 0;
    for (let round = 0; reasons.length < COUNT; round++) {
      for (const socket of sockets) {
        for (let each = 0; each < 20; each++) socket.send(randomBytes(5_000).toString("hex"));
      }
      if (round % 5 === 0) most = Math.max(most, bytesInUse() - before);
      if (round % 20 === 0) await expectOthersServed(rig);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reasons).toEqual(Array(COUNT).fill("slow consumer"));
    expect(most / COUNT).toBeGreaterThan(3_000_000); // it was let run up to its limit
    expect(most / COUNT).toBeLessThan(7_000_000);
    await expectOthersServed(rig);
    await eventually(() => rig.engine.clientsCount === 0, "their sessions are gone");
  });
});

describe("close", () => {
  const half: [name: string, bytes: string | Buffer][] = [
    ["silent TCP", ""],
    ["half a head", "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost:"],
    ["half a body to nowhere", requestText("POST", "/other", { headers: { "content-length": "10" } })],
    ["half a WebSocket handshake", upgradeText("/socket.io/?EIO=4&transport=websocket").subarray(0, 120)],
    [
      "a WebSocket amidst a frame",
      Buffer.concat([upgradeText("/socket.io/?EIO=4&transport=websocket"), Buffer.from([0x81, 0xfe, 0])]),
    ],
    ["a WebSocket that reads nothing", upgradeText("/socket.io/?EIO=4&transport=websocket")],
    ["a handshake for another path", upgradeText("/elsewhere")],
  ];

  test("ends whatever is half done, raw TCP included, within its time", async () => {
    const host = createServer((_request, response) => void response.write("never ends"));
    const io = new Server(host, { closeTimeout: 1_000, destroyUpgradeTimeout: 60_000 });
    const port = await serving(host, io);
    const gone: Promise<unknown>[] = [];
    for (const [name, bytes] of half) {
      const tcp = await rawConnection(port, bytes);
      gone.push(once(tcp, "close").catch(() => Promise.reject(new Error(`${name} is left`))));
      tcp.resume();
    }
    const { sid } = JSON.parse(
      (await (await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`)).text()).slice(1),
    ) as { sid: string };
    const post = requestText("POST", `/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      headers: { "content-length": "10" },
    });
    const posting = await rawConnection(port, post);
    gone.push(once(posting.resume(), "close"));
    await eventually(() => io.engine.clientsCount === 3, "the sessions");
    const startedMs = performance.now();
    await io.close();
    expect(performance.now() - startedMs).toBeLessThan(30_000); // not when the times for requests are over
    await Promise.all(gone);
    expect([io.engine.clientsCount, host.listening]).toEqual([0, false]);
  });
});

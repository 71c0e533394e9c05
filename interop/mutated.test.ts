import { createServer } from "node:http";
import { connect as connectTcp } from "node:net";
import type { Server } from "socket.io";
import { io as incumbentIo } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { serving } from "./listening.ts";
import { inParallel } from "./parallel.ts";
import { Random, seedOf } from "./random.ts";
import { frame, upgradeText } from "./raw.ts";
import { connected } from "./rig.ts";

/** Connections under way at a time. */
const CONCURRENCY = 24;

/** Packets that are sent, by server: a hundred thousand to ours, and a few to see what the test does to the incumbent. */
const packetsFor = ({ ours }: ServerEnd): { websocket: number; polling: number } =>
  ours ? { websocket: 80_000, polling: 20_000 } : { websocket: 4_000, polling: 1_000 };

/** What a client may say once it has joined; the raw material of the mutants. */
const valid: readonly (string | Buffer)[] = [
  '42["event",1,{"a":[null,true,"é🚀"]}]',
  '42["join","room"]',
  '421["ask","text"]',
  '42/other,["event",-1.5e3]',
  '4212/other,["ask",{"deep":{"deeper":[[["x"]]]}}]',
  '40/other,{"token":"abc"}',
  "40/dyn-1,",
  '42/dyn-1,["join","r"]',
  "41/other,",
  "41",
  '430["answer"]',
  '43/other,7[{"ok":true}]',
  '451-["event",{"_placeholder":true,"num":0}]',
  '452-/other,3["ask",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
  '461-0[{"_placeholder":true,"num":0}]',
  Buffer.from([1, 2, 3, 250, 251]),
  Buffer.alloc(0),
  "3",
  "2probe",
  "5",
  "6",
  "bAQIDBA==",
];

/** Fragments that parsers are known to trip over. */
const barbs: readonly string[] = [
  "\u001e",
  "__proto__",
  '{"__proto__":{"x":1}}',
  '{"_placeholder":true,"num":0}',
  '{"_placeholder":true,"num":99}',
  '"_placeholder":true',
  "-",
  ",",
  "/",
  "9007199254740993",
  "1e309",
  "-0",
  "[[[[[[[[[[",
  "]]]]",
  "\\ud800",
  "\u0000",
  "\ufeff",
  "51-",
  '["disconnect"]',
  '["newListener"]',
  "constructor",
];

for (const end of serverEnds) {
  const { websocket, polling } = packetsFor(end);
  test(
    `server ${end.name}: ${websocket + polling} mutated packets raise nothing and leave nothing behind`,
    { timeout: 400_000 },
    async () => {
      const random = new Random(seedOf(`mutated packets, server ${end.name}`));
      const unexpected: unknown[] = [];
      const note = (error: unknown): void => void unexpected.push(error);
      process.on("uncaughtException", note);
      process.on("unhandledRejection", note);
      onTestFinished(() => {
        process.off("uncaughtException", note);
        process.off("unhandledRejection", note);
      });
      const server = await startServer(end);
      const bystander = incumbentIo(server.url, { transports: ["websocket"], reconnection: false });
      onTestFinished(() => void bystander.close());
      await connected(bystander);
      let left: string | undefined;
      bystander.on("disconnect", (reason) => (left = reason));
      const stillServed = async (used: number): Promise<number> => {
        if (random.below(10) > 0) return used;
        const answer = bystander.timeout(15_000).emitWithAck("ask", used);
        // if there is none, the reason may be among these
        expect(await answer.catch((error: Error) => [error.message, bystander.connected, left, unexpected])).toBe(used);
        return used;
      };
      await sendAll(websocket, async (budget) => stillServed(await overWebSocket(server.port, random, budget)));
      await sendAll(polling, async (budget) => stillServed(await overPolling(server.port, random, budget)));
      expect(bystander.connected).toBe(true);
      expect(unexpected).toEqual([]);
      // The mutants that were valid after all show that they got as far as the application.
      expect(server.delivered()).toBeGreaterThan(websocket / 100);
      expect(server.reasons().size).toBeGreaterThan(1);
      const gone = once(bystander, "disconnect");
      bystander.close();
      await gone;
      await server.expectEmpty();
      expect(unexpected).toEqual([]);
    },
  );
}

interface Target {
  readonly url: string;
  readonly port: number;
  delivered(): number;
  reasons(): ReadonlySet<string>;
  expectEmpty(): Promise<void>;
}

async function startServer(end: ServerEnd): Promise<Target> {
  const host = createServer();
  const options = { pingInterval: 1_000, pingTimeout: 4_000, allowEIO3: true, cleanupEmptyChildNamespaces: true };
  const io: Server = new end.Server(host, { ...options, maxHttpBufferSize: 100_000 });
  let delivered = 0;
  const reasons = new Set<string>();
  const dynamic = io.of(/^\/dyn-\d$/);
  for (const namespace of [io.of("/"), io.of("/other"), dynamic]) {
    namespace.use((socket, next) => {
      socket.data["token"] = socket.handshake.auth["token"];
      next();
    });
    namespace.on("connection", (socket) => {
      socket.on("disconnect", (reason) => reasons.add(reason));
      socket.onAny(() => (delivered += 1));
      socket.on("join", (room) => void socket.join(String(room)));
      socket.on("event", (...args) => socket.emit("event", ...args));
      socket.on("ask", (...args) => {
        const answer: unknown = args.pop();
        if (typeof answer === "function") answer(...args);
      });
      socket.emit("question", (...args: unknown[]) => (delivered += args.length > 0 ? 1 : 0));
    });
  }
  const port = await serving(host, io);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    delivered: () => delivered,
    reasons: () => reasons,
    async expectEmpty() {
      await eventually(() => io.engine.clientsCount === 0, "every session ends");
      for (const [name, { sockets, adapter }] of io._nsps) {
        expect([name, sockets.size, adapter.rooms.size, adapter.sids.size]).toEqual([name, 0, 0, 0]);
      }
      expect([...io._nsps.keys()].toSorted()).toEqual(["/", "/other"]);
    },
  };
}

/** Sends up to `budget` packets over one connection and returns how many. */
async function overWebSocket(port: number, random: Random, budget: number): Promise<number> {
  const eio = random.below(8) === 0 ? 3 : 4;
  const count = Math.min(budget, 1 + random.below(10));
  const frames = [frame("40"), ...Array.from({ length: count }, () => mutantFrame(random))];
  const tcp = connectTcp(port, "127.0.0.1");
  tcp.on("error", () => {});
  const closed = once(tcp, "close");
  tcp.write(upgradeText(`/socket.io/?EIO=${eio}&transport=websocket`));
  await once(tcp, "data", { unless: ["close"] });
  tcp.on("data", () => {});
  if (random.below(4) === 0) for (const bytes of frames) tcp.write(bytes);
  else tcp.write(Buffer.concat(frames));
  if (random.below(16) === 0) tcp.destroy();
  else tcp.end();
  await closed;
  return count;
}

/** Sends up to `budget` packets in some POSTs of one session and returns how many. */
async function overPolling(port: number, random: Random, budget: number): Promise<number> {
  const base = `http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`;
  const open = await (await fetch(base)).text();
  const url = `${base}&sid=${(JSON.parse(open.slice(1)) as { sid: string }).sid}`;
  const post = async (body: Buffer | string): Promise<boolean> => {
    const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "text/plain" } } as RequestInit);
    await answer.arrayBuffer();
    return answer.ok;
  };
  await post("40");
  let sent = 0;
  for (let isAlive = true; isAlive && sent < budget;) {
    const count = Math.min(budget - sent, 1 + random.below(10));
    const packets = Array.from({ length: count }, () => {
      const packet = mutant(random);
      return typeof packet === "string" ? Buffer.from(packet) : Buffer.from(`b${packet.toString("base64")}`);
    });
    const body = Buffer.concat(
      packets.flatMap((packet, index) => (index > 0 ? [Buffer.from("\u001e"), packet] : [packet])),
    );
    isAlive = await post(body);
    sent += count;
    if (random.below(8) === 0) break;
  }
  await post("1");
  return sent;
}

function mutantFrame(random: Random): Buffer {
  const packet = mutant(random);
  const isText = typeof packet === "string";
  // Now and then text is sent as binary, and bytes as text.
  const opcode = random.below(20) === 0 ? (isText ? 2 : 1) : isText ? 1 : 2;
  return frame(packet, { opcode });
}

/** A valid packet with up to four faults. */
function mutant(random: Random): string | Buffer {
  const origin = random.pick(valid);
  const isText = typeof origin === "string";
  let bytes: Buffer = Buffer.from(origin);
  for (let faults = random.below(5); faults > 0; faults--) bytes = damage(bytes, random);
  return isText ? bytes.toString(random.below(30) === 0 ? "latin1" : "utf8") : bytes;
}

function damage(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (random.below(9)) {
    case 0: // change a byte
      return Buffer.concat([before, random.bytes(1), after.subarray(1)]);
    case 1: // flip a bit
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << random.below(8))]), after.subarray(1)]);
    case 2: // cut the end
      return before;
    case 3: // drop a range
      return Buffer.concat([before, after.subarray(random.below(8))]);
    case 4: // repeat a range
      return Buffer.concat([bytes, before.subarray(-8)]);
    case 5: // put in what parsers trip over
      return Buffer.concat([before, Buffer.from(random.pick(barbs)), after]);
    case 6: // cross two packets
      return Buffer.concat([before, Buffer.from(random.pick(valid)).subarray(random.below(6))]);
    case 7: // change a digit
      return Buffer.from(bytes.toString("latin1").replace(/\d/, String(random.below(10))), "latin1");
    default: // put in noise
      return Buffer.concat([before, random.bytes(random.below(6)), after]);
  }
}

/** Works through `total` packets with several connections at a time; `work` tells how many it sent. */
function sendAll(total: number, work: (budget: number) => Promise<number>): Promise<void> {
  let left = total;
  return inParallel(CONCURRENCY, () => {
    if (left === 0) return undefined;
    const budget = Math.min(left, 10);
    left -= budget;
    return work(budget).then((used) => {
      left += budget - used;
    });
  });
}

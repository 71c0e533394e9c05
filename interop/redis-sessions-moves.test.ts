import { createServer } from "node:http";
import { createAdapter, createShardedAdapter } from "@halyard/redis-adapter";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connected } from "./channels.ts";
import { clientEnds, serverEnds } from "./ends.ts";
import { listening } from "./listening.ts";
import { Random, seedOf } from "./random.ts";
import { timesPerSecond } from "./rate.ts";
import { ioRedis6, redis6, type AnyClient, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { startSwitchLine, type SwitchLine } from "./redis/switch-line.ts";
import { Tally } from "./redis/tally.ts";

const NODES = ["a", "b", "c"] as const;
const CLIENTS = 10;
const MOVES = 20;
const ROOMS = ["left", "right"] as const;

interface Node {
  readonly name: string;
  readonly io: Server;
  readonly port: number;
}

interface Traveller {
  readonly client: ClientSocket;
  readonly line: SwitchLine;
  readonly room: string;
  readonly tally: Tally;
  /** Its latest end at a server. */
  socket: ServerSocket;
  at: string;
  moves: number;
  isMoving: boolean;
  /** It was not recovered once: its state was uncertain. What it was to get is not known any more. */
  isAnew: boolean;
}

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});

afterAll(async () => {
  await redis.kill();
});

/** What moves, and over what. */
interface Way {
  readonly name: string;
  readonly isOurs: boolean;
  readonly kind: ClientKind;
  readonly createAdapter: (publisher: AnyClient, subscriber: AnyClient) => unknown;
}

const ways: readonly Way[] = [
  { name: "stock clients, pub/sub", isOurs: false, kind: redis6, createAdapter },
  { name: "our clients, sharded pub/sub", isOurs: true, kind: ioRedis6, createAdapter: createShardedAdapter },
  { name: "our clients, streams", isOurs: true, kind: redis6, createAdapter: (client) => createStreamsAdapter(client) },
];

test.each(ways)(
  `${CLIENTS} clients move ${MOVES} times each under traffic: $name, $kind.name`,
  { timeout: 240_000 },
  async ({ isOurs, kind, createAdapter: create }) => {
    const { Manager } = clientEnds.find(({ ours, generation }) => ours === isOurs && generation === 4) ?? never();
    const random = new Random(seedOf("moves"));
    const failures: unknown[] = [];
    const travellers: Traveller[] = [];
    const nodes = await startNodes(kind, create, (node, socket) => {
      const traveller = travellers[Number(socket.handshake.auth["index"])];
      if (traveller === undefined) return;
      const { recoveryFailure } = socket as unknown as { recoveryFailure: unknown };
      if (!socket.recovered) {
        failures.push(recoveryFailure);
        traveller.isAnew = true;
        void socket.join(traveller.room);
      }
      traveller.socket = socket;
      traveller.at = node;
      traveller.isMoving = false;
      if (random.below(4) === 0) move(traveller); // on, before its client has got anything from here
    });
    for (let index = 0; index < CLIENTS; index++) travellers.push(await enter(index));
    let n = 0;

    for await (const _ of timesPerSecond(200)) {
      if (travellers.every(({ moves }) => moves >= MOVES)) break;
      send();
      const traveller = random.pick(travellers);
      if (!traveller.isMoving && random.below(3) === 0) move(traveller);
    }
    await eventually("everybody is back", () =>
      travellers.every(({ isMoving, client }) => !isMoving && client.connected),
    );
    const recovered = travellers.filter(({ isAnew }) => !isAnew);
    const arrived = eventually("everything has arrived", () => recovered.every(({ tally }) => tally.isComplete));
    await arrived.catch(() => {}); // what has not is told next
    for (const { tally, client } of recovered) {
      expect(client.recovered).toBe(true);
      expect(tally.got).toEqual(tally.meant);
    }
    expect(recovered.length).toBeGreaterThan(0);
    if (failures.length > 0) return;
    const ids = nodes.flatMap(({ io }) => [...io.sockets.sockets.keys()]);
    expect(ids.sort()).toEqual(travellers.map(({ client }) => String(client.id)).sort());

    async function enter(index: number): Promise<Traveller> {
      const [first] = nodes;
      if (first === undefined) throw new Error("there is no server");
      const line = await startSwitchLine(first.port);
      const options = { transports: ["websocket"], reconnectionDelay: 1, reconnectionDelayMax: 20, forceNew: true };
      const manager = new Manager(`http://127.0.0.1:${line.port}`, options);
      const client = manager.socket("/", { auth: { index } });
      onTestFinished(() => {
        manager.reconnection(false);
        client.disconnect();
      });
      await connected(client);
      const socket = first.io.sockets.sockets.get(String(client.id));
      if (socket === undefined) throw new Error("the server does not know its client");
      const room = random.pick(ROOMS);
      await socket.join(room);
      const tally = new Tally();
      client.on("n", (sender, number) => tally.receive(sender, number));
      return { client, line, room, tally, socket, at: first.name, moves: 0, isMoving: false, isAnew: false };
    }

    function send(): void {
      n++;
      const node = random.pick(nodes);
      const room = random.pick(ROOMS);
      const one = random.pick(travellers);
      switch (random.below(4)) {
        case 0:
          for (const { tally } of travellers) tally.expect(node.name, n);
          return void node.io.emit("n", node.name, n, "text");
        case 1:
          for (const traveller of travellers) if (traveller.room === room) traveller.tally.expect(node.name, n);
          return void node.io.to(room).emit("n", node.name, n, Buffer.from([n & 255]));
        case 2:
          for (const traveller of travellers) if (traveller !== one) traveller.tally.expect(node.name, n);
          return void node.io.except(one.socket.id).emit("n", node.name, n);
        default:
          if (!one.socket.connected) return;
          one.tally.expect(one.at, n);
          one.socket.emit("n", one.at, n);
          return void node.io.volatile.emit("volatile", "text");
      }
    }

    function move(traveller: Traveller): void {
      if (traveller.moves === MOVES) return;
      traveller.moves++;
      traveller.isMoving = true;
      const others = nodes.filter(({ name }) => name !== traveller.at);
      traveller.line.move(random.pick(others).port, random.below(2) === 0 ? "reset" : "half-open");
    }
  },
);

async function startNodes(
  kind: ClientKind,
  create: Way["createAdapter"],
  onSocket: (node: string, socket: ServerSocket) => void,
): Promise<Node[]> {
  const end = serverEnds.find(({ ours }) => ours) ?? never();
  const nodes: Node[] = [];
  for (const name of NODES) {
    const [publisher, subscriber, sessions] = [0, 0, 0].map(() => kind.create(redis.port));
    const http = createServer();
    const io: Server = new end.Server(http, {
      adapter: create(publisher, subscriber),
      connectionStateRecovery: { storage: createSessionStorage(sessions) },
    } as object);
    io.on("connection", (socket) => onSocket(name, socket));
    onTestFinished(async () => {
      await io.close();
      for (const client of [publisher, subscriber, sessions]) await kind.end(client);
    });
    nodes.push({ name, io, port: await listening(http) });
  }
  await eventually("the servers have found each other", async () => {
    const counts = await Promise.all(
      nodes.map(({ io }) => (io.of("/").adapter as unknown as { serverCount(): Promise<number> }).serverCount()),
    );
    return counts.every((count) => count === NODES.length);
  });
  return nodes;
}

function never(): never {
  throw new Error("it is there");
}

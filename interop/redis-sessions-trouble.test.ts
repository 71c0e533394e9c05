import { createServer } from "node:http";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { connected } from "./channels.ts";
import { clientEnds, serverEnds } from "./ends.ts";
import { once, record } from "./events.ts";
import { listening } from "./listening.ts";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { startSwitchLine } from "./redis/switch-line.ts";

interface Node {
  readonly io: Server;
  readonly port: number;
}

/** Two servers without an adapter between them, and a client that can go from one to the other. */
async function stage(kind: ClientKind) {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.kill());
  const [first, second] = await Promise.all([startNode(kind, redis.port), startNode(kind, redis.port)]);
  const line = await startSwitchLine(first.port);
  const end = clientEnds.find(({ ours }) => ours) ?? never();
  const options = { transports: ["websocket"], reconnectionDelay: 1, reconnectionDelayMax: 20 };
  const manager = new end.Manager(`http://127.0.0.1:${line.port}`, options);
  const client = manager.socket("/");
  onTestFinished(() => {
    manager.reconnection(false);
    client.disconnect();
  });
  const heard = record(client, "n");
  await connected(client);
  return { redis, first, second, line, client, heard };
}

async function startNode(kind: ClientKind, redisPort: number): Promise<Node> {
  const end = serverEnds.find(({ ours }) => ours) ?? never();
  const client = kind.create(redisPort);
  const http = createServer();
  const recovery = { connectionStateRecovery: { storage: createSessionStorage(client) } };
  const io: Server = new end.Server(http, recovery as object);
  onTestFinished(async () => {
    await io.close();
    await kind.end(client);
  });
  return { io, port: await listening(http) };
}

function peerOf({ io }: Node, client: ClientSocket): ServerSocket {
  return io.sockets.sockets.get(String(client.id)) ?? never();
}

function never(): never {
  throw new Error("it is there");
}

describe.each<ClientKind>([redis6, ioRedis6, redis5, redis4, ioRedis5])("with $name", (kind) => {
  test("packets to one client, and its rooms and data, are found on another server", async () => {
    const { first, second, line, client, heard } = await stage(kind);
    const socket = peerOf(first, client);
    await socket.join("r");
    socket.data.name = "Ada";
    socket.emit("n", 1);
    await eventually("the client has got the first", () => heard.length === 1);
    const again = once(client, "connect");
    line.move(second.port, "half-open");
    first.io.to("r").emit("n", 2);
    socket.emit("n", 3);
    await again;
    expect(client.recovered).toBe(true);
    await eventually("the rest has come", () => heard.length === 3);
    expect(heard.map(([n]) => n)).toEqual([1, 2, 3]);
    const peer = peerOf(second, client);
    expect(peer.data).toEqual({ name: "Ada" });
    expect([...peer.rooms].sort()).toEqual([peer.id, "r"].sort());
    expect(socket.connected).toBe(false);
    expect(first.io.sockets.sockets.size).toBe(0);
  });

  test("while Redis is frozen everything is delivered, and a client that comes back starts anew", async () => {
    const { redis, first, second, line, client, heard } = await stage(kind);
    redis.freeze();
    const socket = peerOf(first, client);
    for (let n = 0; n < 1_000; n++) first.io.local.emit("n", n); // there is no adapter that tells the other server
    await eventually("all has come", () => heard.length === 1_000);
    const again = once(client, "connect");
    line.move(second.port, "reset");
    await again;
    expect(client.recovered).toBe(false);
    expect(client.id).not.toBe(socket.id);
    redis.thaw();
  });

  test("while Redis is gone everything is delivered, and a client that comes back starts anew; later ones recover", async () => {
    const { redis, first, second, line, client, heard } = await stage(kind);
    await redis.kill();
    for (let n = 0; n < 1_000; n++) first.io.local.emit("n", n); // there is no adapter that tells the other server
    await eventually("all has come", () => heard.length === 1_000);
    const again = once(client, "connect");
    line.move(second.port, "reset");
    await again;
    expect(client.recovered).toBe(false);
    await redis.start();
    heard.length = 0;
    let moves = 0;
    await eventually("clients recover again", async () => {
      const back = once(client, "connect");
      line.move((moves++ % 2 === 0 ? first : second).port, "reset");
      await back;
      return client.recovered;
    });
    peerOf(moves % 2 === 1 ? first : second, client).emit("n", 1);
    await eventually("it is served", () => heard.length === 1);
  });
});

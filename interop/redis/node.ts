import { createServer } from "node:http";
import * as ours from "@halyard/redis-adapter";
import * as ourStreams from "@halyard/redis-adapter/streams";
import {
  createAdapter as createStockAdapter,
  createShardedAdapter as createStockSharded,
} from "@socket.io/redis-adapter";
import { createAdapter as createStockStreams } from "@socket.io/redis-streams-adapter";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import { io as connect, type Socket as ClientSocket } from "socket.io-client";
import { connected } from "../channels.ts";
import { serverEnds, type ServerEnd } from "../ends.ts";
import { listening } from "../listening.ts";
import type { AnyClient, ClientKind } from "./clients.ts";
import { eventually } from "./eventually.ts";

/** Makes the adapter of a server out of two clients. */
type MakeAdapter = (publisher: AnyClient, subscriber: AnyClient) => AnyClient;

/** Sees the cluster of a node before anything happens to it. */
type Watch = (cluster: ours.ClusterAdapterFactory["cluster"]) => void;

/** Whose server and adapter a node has. */
export interface NodeKind {
  readonly name: string;
  readonly end: ServerEnd;
  readonly adapter: MakeAdapter;
}

const [incumbentEnd, ourEnd] = serverEnds as [ServerEnd, ServerEnd];

/** Our server with our adapter. */
export function ourNode(options: ours.RedisAdapterOptions, watch: Watch = () => {}): NodeKind {
  const adapter: MakeAdapter = (pub, sub) => watched(ours.createAdapter(pub, sub, options), watch);
  return { name: "ours", end: ourEnd, adapter };
}

/** socket.io with `@socket.io/redis-adapter`. */
export function stockNode(options: object): NodeKind {
  return { name: "incumbent", end: incumbentEnd, adapter: (pub, sub) => createStockAdapter(pub, sub, options) };
}

/** Our server with our adapter for sharded pub/sub. */
export function ourShardedNode(options: ours.ShardedAdapterOptions, watch: Watch = () => {}): NodeKind {
  const adapter: MakeAdapter = (pub, sub) => watched(ours.createShardedAdapter(pub, sub, options), watch);
  return { name: "ours", end: ourEnd, adapter };
}

/** socket.io with the sharded adapter of `@socket.io/redis-adapter`. */
export function stockShardedNode(options: ours.ShardedAdapterOptions): NodeKind {
  return { name: "incumbent", end: incumbentEnd, adapter: (pub, sub) => createStockSharded(pub, sub, options) };
}

/** Our server with our adapter for streams. */
export function ourStreamsNode(options: ourStreams.StreamsAdapterOptions, watch: Watch = () => {}): NodeKind {
  const adapter: MakeAdapter = (client) => watched(ourStreams.createAdapter(client, options), watch);
  return { name: "ours", end: ourEnd, adapter };
}

/** socket.io with `@socket.io/redis-streams-adapter`. */
export function stockStreamsNode(options: ourStreams.StreamsAdapterOptions): NodeKind {
  return { name: "incumbent", end: incumbentEnd, adapter: (client) => createStockStreams(client, options) };
}

function watched(factory: ours.ClusterAdapterFactory, watch: Watch): ours.ClusterAdapterFactory {
  watch(factory.cluster);
  return factory;
}

/** One server of a cluster, and the way to connect clients to it. */
export class ClusterNode {
  readonly io: Server;
  readonly publisher: AnyClient;
  readonly subscriber: AnyClient;
  readonly #kind: ClientKind;
  readonly #port: Promise<number>;
  readonly #sockets: ClientSocket[] = [];

  constructor(node: NodeKind, kind: ClientKind, redisPort: number, options: Partial<ServerOptions> = {}) {
    this.#kind = kind;
    this.publisher = kind.create(redisPort);
    this.subscriber = kind.create(redisPort);
    const http = createServer();
    this.io = new node.end.Server(http, { ...options, adapter: node.adapter(this.publisher, this.subscriber) });
    this.#port = listening(http);
  }

  /** Connects a stock client over WebSocket and returns both ends. */
  async link(namespace = "/"): Promise<{ client: ClientSocket; socket: ServerSocket }> {
    const url = `http://127.0.0.1:${await this.#port}${namespace}`;
    const client = connect(url, { forceNew: true, transports: ["websocket"], reconnection: false });
    this.#sockets.push(client);
    await connected(client);
    const socket = this.io.of(namespace).sockets.get(String(client.id));
    if (socket === undefined) throw new Error("the server does not know its client");
    return { client, socket };
  }

  /** Waits until this node sees so many. */
  async sees(count: number, namespace = "/"): Promise<void> {
    await eventually(`a node of ${namespace} sees ${count}`, async () => {
      const { adapter } = this.io.of(namespace);
      return (await adapter.serverCount()) === count;
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.disconnect();
    await this.io.close();
    await Promise.all([this.publisher, this.subscriber].map((client) => this.#kind.end(client)));
  }
}

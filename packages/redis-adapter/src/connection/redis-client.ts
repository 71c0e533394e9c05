/**
 * A client of the application's own: of `redis` 4, 5 or 6 (`createClient()`, `createCluster()`) or of `ioredis` 5 or 6
 * (`new Redis()`, `new Cluster()`). What it can do is looked up when it is used, so that no version's types are needed.
 */
export interface RedisClient {
  /** Listens to what becomes of the client's connection. */
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  /** Sends to a channel. */
  publish(...args: never[]): unknown;
  /** Listens to a channel. */
  subscribe(...args: never[]): unknown;
}

/** One part of a command: a name, a key, a value. */
export type RedisArgument = string | Buffer;

type Listener = (...args: readonly unknown[]) => void;
type MessageListener = (message: Buffer, channel: Buffer) => void;

interface Emits {
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
}

/** What both forms of a client of `redis` have in common. */
interface NodeRedisPubSub extends Emits {
  readonly isOpen?: boolean;
  readonly isReady?: boolean;
  connect(): Promise<unknown>;
  duplicate(): NodeRedisClient | NodeRedisCluster;
  /** From version 5 on; version 4 has `disconnect` only. */
  destroy?(): unknown;
  disconnect?(): Promise<unknown>;
  subscribe(channel: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
  unsubscribe(channel: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
  pSubscribe(pattern: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
  pUnsubscribe(pattern: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
  sSubscribe(channel: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
  sUnsubscribe(channel: string, listener: MessageListener, asBuffers: true): Promise<unknown>;
}

/** How `redis` 4 (`returnBuffers`) and its later versions (`typeMapping`) are asked for replies as bytes, or as text. */
export interface NodeRedisReplyOptions {
  readonly returnBuffers: boolean;
  readonly typeMapping: Readonly<Record<number, unknown>>;
  /** The client is to have no time limit for writing a command: its later versions make a signal and a timer for each. */
  readonly timeout: undefined;
  /** Takes a command back that was not written yet: of `redis` 4, and of its later versions. */
  readonly signal?: AbortSignal;
  readonly abortSignal?: AbortSignal;
}

/** `createClient()` of `redis`. */
export interface NodeRedisClient extends NodeRedisPubSub {
  readonly masters?: undefined;
  sendCommand(args: readonly RedisArgument[], options: NodeRedisReplyOptions): Promise<unknown>;
}

/** `createCluster()` of `redis`. */
export interface NodeRedisCluster extends NodeRedisPubSub {
  readonly masters: readonly { readonly client?: NodeRedisClient | Promise<NodeRedisClient> }[];
  nodeClient(node: unknown): NodeRedisClient | Promise<NodeRedisClient>;
  sendCommand(
    key: RedisArgument | undefined,
    isReadonly: boolean,
    args: readonly RedisArgument[],
    options: NodeRedisReplyOptions,
  ): Promise<unknown>;
}

/** `new Redis()` or `new Cluster()` of `ioredis`. */
export interface IoRedisClient extends Emits {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options?: {
    /** If `false`, commands that have no answer yet are forgotten when the connection breaks: they never settle. */
    readonly autoResendUnfulfilledCommands?: boolean;
  };
  /** All servers of a cluster; a single server's client has no such method. */
  nodes?(role: "master"): readonly IoRedisClient[];
  call(command: string, ...args: readonly RedisArgument[]): Promise<unknown>;
  callBuffer(command: string, ...args: readonly RedisArgument[]): Promise<unknown>;
  connect(): Promise<unknown>;
  duplicate(): IoRedisClient;
  disconnect(reconnect?: boolean): void;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  psubscribe(pattern: string): Promise<unknown>;
  punsubscribe(pattern: string): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
}

/** Tells a client of `redis`, which alone has methods in camel case. */
export function isNodeRedis(client: object): client is NodeRedisClient | NodeRedisCluster {
  return "sSubscribe" in client && typeof client.sSubscribe === "function";
}

/** Tells `createCluster()` from `createClient()`. */
export function isNodeRedisCluster(client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster {
  return Array.isArray(client.masters);
}

/** Tells a client of `ioredis`, which alone returns buffers by name. */
export function isIoRedis(client: object): client is IoRedisClient {
  return "callBuffer" in client && typeof client.callBuffer === "function";
}

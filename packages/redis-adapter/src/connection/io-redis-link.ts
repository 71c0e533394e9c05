import { toError } from "@halyard/core";
import { LinkWatchers } from "./link-watchers.ts";
import { PendingCommands } from "./pending-commands.ts";
import type { IoRedisClient, RedisArgument } from "./redis-client.ts";
import type { OwnedRedisLink, RedisLinkHandler, RedisMessageListener, SubscriptionKind } from "./redis-link.ts";

type Listener = (...args: readonly unknown[]) => void;

/** A client of `ioredis` 5 or 6. */
export class IoRedisLink implements OwnedRedisLink {
  readonly isCluster: boolean;
  readonly #client: IoRedisClient;
  readonly #watchers = new LinkWatchers();
  readonly #listeners: Readonly<Record<SubscriptionKind, Map<string, RedisMessageListener>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  readonly #events: readonly (readonly [string, Listener])[];
  /** Absent where the client itself settles all commands. */
  readonly #pending: PendingCommands | undefined;

  constructor(client: IoRedisClient) {
    this.#client = client;
    this.#pending = client.options?.autoResendUnfulfilledCommands === false ? new PendingCommands() : undefined;
    this.isCluster = client.isCluster;
    this.#events = [
      ["error", (error) => this.#watchers.onError(toError(error))],
      ["ready", () => this.#watchers.onUp()],
      ["close", () => this.#onDown()],
      ["end", () => this.#onDown()],
      ["messageBuffer", (channel, payload) => this.#onMessage("channel", channel, channel, payload)],
      ["pmessageBuffer", (pattern, channel, payload) => this.#onMessage("pattern", pattern, channel, payload)],
      ["smessageBuffer", (channel, payload) => this.#onMessage("shard", channel, channel, payload)],
    ];
    for (const [event, listener] of this.#events) client.on(event, listener);
  }

  get isUp(): boolean {
    return this.#client.status === "ready";
  }

  async command(args: readonly RedisArgument[]): Promise<unknown> {
    const isUnrouted = this.isCluster && args[0] === "PUBLISH";
    // other commands are routed by their key
    return await this.#settle(call(isUnrouted ? this.#steadyNode() : this.#client, args));
  }

  async readText([name, ...args]: readonly RedisArgument[]): Promise<unknown> {
    return await this.#settle(this.#client.call(String(name), ...args));
  }

  async commandAll(args: readonly RedisArgument[]): Promise<readonly unknown[]> {
    const nodes = this.#client.nodes?.("master") ?? [this.#client];
    return await this.#settle(Promise.all(nodes.map((node) => call(node, args))));
  }

  async subscribe(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): Promise<void> {
    this.#listeners[kind].set(channel, listener);
    if (kind === "channel") await this.#settle(this.#client.subscribe(channel));
    else if (kind === "pattern") await this.#settle(this.#client.psubscribe(channel));
    else await this.#settle(this.#client.ssubscribe(channel));
  }

  async unsubscribe(kind: SubscriptionKind, channel: string): Promise<void> {
    if (!this.#listeners[kind].delete(channel)) return;
    if (kind === "channel") await this.#settle(this.#client.unsubscribe(channel));
    else if (kind === "pattern") await this.#settle(this.#client.punsubscribe(channel));
    else await this.#settle(this.#client.sunsubscribe(channel));
  }

  watch(handler: RedisLinkHandler): () => void {
    return this.#watchers.add(handler, this.isUp);
  }

  duplicate(): OwnedRedisLink {
    const client = this.#client.duplicate();
    client.on("error", () => {}); // stays when the link has ended
    const link = new IoRedisLink(client);
    // "wait" is the state of clients that were told to connect on demand
    if (client.status === "wait") client.connect().catch((thrown: unknown) => link.#watchers.onError(toError(thrown)));
    return link;
  }

  async close(): Promise<void> {
    for (const [event, listener] of this.#events) this.#client.off(event, listener);
    const kinds = ["channel", "pattern", "shard"] as const;
    const ended = Promise.allSettled(
      kinds.flatMap((kind) => [...this.#listeners[kind].keys()].map((channel) => this.unsubscribe(kind, channel))),
    );
    if (this.isUp) await ended;
  }

  end(): void {
    for (const [event, listener] of this.#events) this.#client.off(event, listener);
    this.#pending?.abandon();
    this.#client.disconnect();
  }

  #settle<Reply>(sent: Promise<Reply>): Promise<Reply> {
    return this.#pending?.settle(sent) ?? sent;
  }

  #onDown(): void {
    this.#pending?.abandon();
    this.#watchers.onDown();
  }

  /** Messages stay in order only if they all go to one server of a cluster, which tells the others. */
  #steadyNode(): IoRedisClient {
    const nodes = this.#client.nodes?.("master") ?? [];
    return nodes.find(({ status }) => status === "ready") ?? nodes[0] ?? this.#client;
  }

  #onMessage(kind: SubscriptionKind, subscription: unknown, channel: unknown, payload: unknown): void {
    const listener = this.#listeners[kind].get(String(subscription));
    if (Buffer.isBuffer(payload)) listener?.(payload, String(channel));
  }
}

async function call(client: IoRedisClient, [name, ...args]: readonly RedisArgument[]): Promise<unknown> {
  return await client.callBuffer(String(name), ...args);
}

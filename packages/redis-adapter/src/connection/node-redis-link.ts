import { setMaxListeners } from "node:events";
import { toError } from "@halyard/core";
import { LinkWatchers } from "./link-watchers.ts";
import {
  isNodeRedisCluster,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisReplyOptions,
  type RedisArgument,
} from "./redis-client.ts";
import type { OwnedRedisLink, RedisLinkHandler, RedisMessageListener, SubscriptionKind } from "./redis-link.ts";

/** Type byte of bulk strings in the protocol of Redis. */
const BULK_STRING = 0x24;

const AS_BUFFERS: NodeRedisReplyOptions = {
  returnBuffers: true,
  typeMapping: { [BULK_STRING]: Buffer },
  timeout: undefined,
};

const AS_TEXT: NodeRedisReplyOptions = {
  returnBuffers: false,
  typeMapping: { [BULK_STRING]: String },
  timeout: undefined,
};

type MessageListener = (message: Buffer, channel: Buffer) => void;

/** A client of `redis` 4, 5 or 6. */
export class NodeRedisLink implements OwnedRedisLink {
  readonly isCluster: boolean;
  readonly #client: NodeRedisClient | NodeRedisCluster;
  readonly #watchers = new LinkWatchers();
  /** The client takes a subscription off by its listener only. */
  readonly #listeners = new Map<string, MessageListener>();
  readonly #undo: () => void;
  /** Takes back what the client has not written when the connection breaks: it keeps that, and drops what it has written. */
  #unwritten = new AbortController();
  #orderedOptions = orderedOptions(this.#unwritten);

  constructor(client: NodeRedisClient | NodeRedisCluster) {
    this.#client = client;
    this.isCluster = isNodeRedisCluster(client);
    const onUp = (): void => this.#watchers.onUp();
    const onDown = (): void => {
      this.#takeBack();
      this.#watchers.onDown();
    };
    const onError = (error: unknown): void => this.#watchers.onError(toError(error));
    // a cluster of version 4 emits nothing but "error"
    const events: readonly (readonly [string, (...args: readonly unknown[]) => void])[] = [
      ...["ready", "connect", "node-ready"].map((event) => [event, onUp] as const),
      ...["reconnecting", "end", "disconnect"].map((event) => [event, onDown] as const),
      ["error", onError],
    ];
    const heard = this.isCluster ? events : events.filter(([event]) => event !== "connect");
    for (const [event, listener] of heard) client.on(event, listener);
    this.#undo = () => heard.forEach(([event, listener]) => client.off(event, listener));
  }

  get isUp(): boolean {
    const { isReady, isOpen } = this.#client;
    if (isReady !== undefined && !this.isCluster) return isReady;
    return isOpen ?? (isNodeRedisCluster(this.#client) && this.#client.masters.length > 0);
  }

  async command(args: readonly RedisArgument[], key?: RedisArgument, isOrdered = false): Promise<unknown> {
    const client = this.#client;
    const options = isOrdered ? this.#orderedOptions : AS_BUFFERS;
    if (!isNodeRedisCluster(client)) return await client.sendCommand([...args], options);
    const { masters } = client;
    const master = masters.find(({ client: of }) => of !== undefined && "isReady" in of && of.isReady) ?? masters[0];
    if (args[0] !== "PUBLISH" || master === undefined) return await client.sendCommand(key, false, [...args], options);
    // messages stay in order only if they all go to one server of a cluster, which tells the others
    return await (await client.nodeClient(master)).sendCommand([...args], AS_BUFFERS);
  }

  async readText(args: readonly RedisArgument[], key: RedisArgument): Promise<unknown> {
    const client = this.#client;
    if (isNodeRedisCluster(client)) return await client.sendCommand(key, false, [...args], AS_TEXT);
    return await client.sendCommand([...args], AS_TEXT);
  }

  async commandAll(args: readonly RedisArgument[]): Promise<readonly unknown[]> {
    const client = this.#client;
    if (!isNodeRedisCluster(client)) return [await this.command(args)];
    return await Promise.all(
      client.masters.map(async (master) => (await client.nodeClient(master)).sendCommand([...args], AS_BUFFERS)),
    );
  }

  async subscribe(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): Promise<void> {
    const client = this.#client;
    const id = `${kind} ${channel}`;
    const onMessage: MessageListener =
      this.#listeners.get(id) ?? ((message, from) => listener(message, from.toString()));
    this.#listeners.set(id, onMessage);
    if (kind === "channel") await client.subscribe(channel, onMessage, true);
    else if (kind === "pattern") await client.pSubscribe(channel, onMessage, true);
    else await client.sSubscribe(channel, onMessage, true);
  }

  async unsubscribe(kind: SubscriptionKind, channel: string): Promise<void> {
    const client = this.#client;
    const id = `${kind} ${channel}`;
    const onMessage = this.#listeners.get(id);
    if (onMessage === undefined) return;
    this.#listeners.delete(id);
    if (kind === "channel") await client.unsubscribe(channel, onMessage, true);
    else if (kind === "pattern") await client.pUnsubscribe(channel, onMessage, true);
    else await client.sUnsubscribe(channel, onMessage, true);
  }

  watch(handler: RedisLinkHandler): () => void {
    return this.#watchers.add(handler, this.isUp);
  }

  duplicate(): OwnedRedisLink {
    const client = this.#client.duplicate();
    client.on("error", () => {}); // stays when the link has ended
    const link = new NodeRedisLink(client);
    client.connect().catch((thrown: unknown) => link.#watchers.onError(toError(thrown)));
    return link;
  }

  async close(): Promise<void> {
    this.#undo();
    const ids = [...this.#listeners.keys()];
    const ended = Promise.allSettled(ids.map((id) => this.unsubscribe(...parseId(id))));
    if (this.isUp) await ended;
  }

  end(): void {
    this.#undo();
    const client = this.#client;
    if (client.isOpen === false) return; // it has given up, and would throw
    if (client.destroy !== undefined) client.destroy();
    else client.disconnect?.().catch(() => {}); // ended already
  }

  #takeBack(): void {
    const unwritten = this.#unwritten;
    this.#unwritten = new AbortController();
    this.#orderedOptions = orderedOptions(this.#unwritten);
    unwritten.abort();
  }
}

/** Version 4 knows the signal by another name than its successors. */
function orderedOptions({ signal }: AbortController): NodeRedisReplyOptions {
  setMaxListeners(0, signal); // every command listens until it is written
  return { ...AS_BUFFERS, signal, abortSignal: signal };
}

function parseId(id: string): [SubscriptionKind, string] {
  const channel = id.slice(id.indexOf(" ") + 1);
  if (id.startsWith("channel ")) return ["channel", channel];
  return [id.startsWith("pattern ") ? "pattern" : "shard", channel];
}

import { TickBatches } from "@halyard/adapter";
import type { Bus, BusBacklog, BusHandler, BusMessage, BusStatus, BusTopic } from "@halyard/contracts";
import { encodePart, encodeWhole, joinMessages, runsOfOneForm, type BatchPart } from "../bus/batch.ts";
import { decodeMessage, namespaceOf } from "../bus/bus-codec.ts";
import { BusInlet } from "../bus/bus-inlet.ts";
import { UpGate } from "../bus/up-gate.ts";
import { createLink } from "../connection/create-link.ts";
import { Heartbeat } from "../connection/heartbeat.ts";
import { numSub } from "../connection/num-sub.ts";
import { Outbox } from "../connection/outbox.ts";
import { peerNames } from "../connection/peer-names.ts";
import type { RedisClient } from "../connection/redis-client.ts";
import type { RedisLink } from "../connection/redis-link.ts";
import { Subscriptions } from "../connection/subscriptions.ts";
import { createNodeId } from "../pubsub/node-id.ts";
import { hasChannel, isForAllNodes, onlyRoomOf } from "../bus/routing.ts";
import type { ResolvedShardedOptions } from "./sharded-options.ts";

/** Moves messages over sharded pub/sub of Redis 7, over the channels that `createShardedAdapter` of socket.io uses. */
export class ShardedBus implements Bus {
  readonly nodeId: string = createNodeId();
  readonly #options: ResolvedShardedOptions;
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #inlet = new BusInlet(this.nodeId);
  readonly #gate = new UpGate();
  readonly #batches = new TickBatches<BatchPart>((parts, channel) => this.#transmit(parts, channel));
  #heartbeat: Heartbeat | undefined;
  readonly #namespaces = new Set<string>();
  /** The namespace that was looked up last, and its channel: most messages are for the same as the one before. */
  #lastNamespace: string | undefined;
  #lastChannel = "";
  #state: "open" | "closed" = "open";

  constructor(publisher: RedisClient, subscriber: RedisClient, options: ResolvedShardedOptions) {
    this.#options = options;
    this.#publisher = createLink(publisher);
    this.#subscriber = createLink(subscriber);
    this.#subscriptions = new Subscriptions(this.#subscriber, options.clock);
    this.#outbox = new Outbox(this.#publisher, options.channelPrefix, options, options.clock, this.#inlet);
  }

  get backlog(): BusBacklog {
    return this.#outbox.backlog;
  }

  async start(handler: BusHandler): Promise<void> {
    if (this.#state === "closed") return;
    this.#inlet.open(handler);
    this.#subscriptions.add("shard", this.#commonChannel, (payload) => this.#onCommon(payload));
    const path = {
      publisher: this.#publisher,
      subscriber: this.#subscriber,
      subscriptions: this.#subscriptions,
      channel: `${this.#options.channelPrefix}-probe#${this.nodeId}#`,
      kind: "shard" as const,
    };
    this.#heartbeat = new Heartbeat(path, this.#options.clock, (status) => this.#onStatus(status));
    await this.#gate.passed;
  }

  publish(message: BusMessage): void {
    if (isForAllNodes(message)) this.#send(this.#commonChannel, message);
    const channel = this.#channel(message.nsp);
    const room = onlyRoomOf(message);
    const isForRoom = room !== undefined && hasChannel(room, this.#options.mode);
    this.#send(isForRoom ? `${channel}${room}#` : channel, message);
  }

  send(message: BusMessage, to: string): void {
    this.#send(`${this.#channel(message.nsp)}${to}#`, message);
  }

  allowBatches(allowed: boolean): void {
    if (this.#options.batches) this.#batches.allow(allowed);
  }

  async peerCount(namespace: string): Promise<number> {
    if (this.#state === "closed") return 0;
    const channel = this.#channel(namespace);
    const isCounted = this.#subscriptions.isActive("shard", channel);
    const replies = await this.#publisher.commandAll(["PUBSUB", "SHARDNUMSUB", channel]);
    return Math.max(0, numSub(replies) - (isCounted ? 1 : 0));
  }

  async peerNames(namespace: string): Promise<readonly string[]> {
    const names = await peerNames(this.#publisher, "shard", this.#channel(namespace));
    return names.filter((name) => name !== this.nodeId);
  }

  topicChanged({ namespace, room }: BusTopic, change: "created" | "deleted"): void {
    if (this.#state === "closed") return;
    const channel = this.#channel(namespace);
    if (room === undefined) {
      if (change === "created") this.#namespaces.add(namespace);
      else this.#namespaces.delete(namespace);
      this.#change(channel, change);
      this.#change(`${channel}${this.nodeId}#`, change);
    } else if (hasChannel(room, this.#options.mode)) this.#change(`${channel}${room}#`, change);
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#batches.flush();
    this.#state = "closed";
    this.#outbox.close();
    this.#heartbeat?.close();
    this.#inlet.close();
    this.#gate.close();
    await this.#subscriptions.close();
    await Promise.all([this.#publisher.close(), this.#subscriber.close()]);
  }

  /** Where nodes of this package hear what concerns every node, whatever its namespaces. */
  get #commonChannel(): string {
    return `${this.#options.channelPrefix}-nodes#`;
  }

  #channel(namespace: string): string {
    if (namespace !== this.#lastNamespace) {
      this.#lastNamespace = namespace;
      this.#lastChannel = `${this.#options.channelPrefix}#${namespace}#`;
    }
    return this.#lastChannel;
  }

  #change(channel: string, change: "created" | "deleted"): void {
    if (change === "deleted") this.#subscriptions.remove("shard", channel);
    else this.#subscriptions.add("shard", channel, (payload) => this.#inlet.take(payload));
  }

  /** Takes what is for every node, unless it comes through the channel of its namespace as well. */
  #onCommon(payload: Buffer): void {
    this.#inlet.take(payload, decodeMessage, (message) => !this.#namespaces.has(namespaceOf(message)));
  }

  #send(channel: string, message: BusMessage): void {
    try {
      const part = this.#batches.isAllowed ? encodePart(message) : encodeWhole(message);
      this.#batches.add(channel, part, part.payload.length);
    } catch (cause) {
      this.#inlet.onDropped(1, 0, cause);
    }
  }

  /** Sends messages that go to the same channel, in their order: as many together as have the same form. */
  #transmit(parts: readonly BatchPart[], channel: string): void {
    for (const run of runsOfOneForm(parts))
      this.#outbox.send(["SPUBLISH", channel, joinMessages(this.nodeId, run)], channel, run.length);
  }

  #onStatus(status: BusStatus): void {
    this.#gate.onStatus(status);
    this.#inlet.onStatus(status);
  }
}

import { TickBatches } from "@halyard/adapter";
import type { BusStatus } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { joinBroadcasts, splitBroadcasts } from "../bus/batch.ts";
import { encodePacked } from "../bus/bus-codec.ts";
import { compactBroadcast } from "../bus/compact.ts";
import { createLink } from "../connection/create-link.ts";
import { Heartbeat } from "../connection/heartbeat.ts";
import { Outbox } from "../connection/outbox.ts";
import type { RedisClient } from "../connection/redis-client.ts";
import type { RedisLink } from "../connection/redis-link.ts";
import { Subscriptions } from "../connection/subscriptions.ts";
import { Channels } from "./channels.ts";
import { Neighbours } from "./neighbours.ts";
import { createNodeId } from "./node-id.ts";
import { messagePack, type ResolvedRedisOptions } from "./options.ts";
import { PubSubCluster } from "./pub-sub-cluster.ts";
import { EVENT } from "./wire.ts";

/** Takes what comes in for one namespace. */
export interface NamespacePeer {
  /** Whether this node has sockets in a room; what is for other rooms is not even decoded. */
  hasRoom(room: string): boolean;
  onBroadcast(message: unknown): void;
  onRequest(message: unknown): void;
  onResponse(message: unknown): void;
  /** Messages may have been missed. */
  onGap(): void;
}

/** A broadcast to be sent. */
export interface OutgoingBroadcast {
  readonly namespace: string;
  readonly data: unknown;
  /** `{rooms, except, flags}` */
  readonly options: object;
  readonly mark: string | undefined;
}

/** What all namespaces of one server share: both clients, the node's id, one pattern for the broadcasts of all namespaces. */
export class Hub {
  readonly uid: string = createNodeId();
  readonly cluster: PubSubCluster;
  readonly channels: Channels;
  readonly options: ResolvedRedisOptions;
  readonly neighbours: Neighbours;
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  /** This node's id as broadcasts hold it, after the byte that they begin with. */
  readonly #ownName = encodePacked(this.uid);
  readonly #outbox: Outbox;
  readonly #batches = new TickBatches<Buffer>((parts, channel) => {
    this.#outbox.send(["PUBLISH", channel, joinBroadcasts(this.uid, parts)], undefined, parts.length);
  });
  readonly #subscriptions: Subscriptions;
  readonly #heartbeat: Heartbeat;
  readonly #peers = new Map<string, NamespacePeer>();
  #state: "open" | "closed" = "open";
  /** Nodes that were asked in vain. They are not waited for again until they are heard of. */
  readonly #silent = new Set<string>();

  constructor(publisher: RedisClient, subscriber: RedisClient, options: ResolvedRedisOptions) {
    this.options = options;
    this.cluster = new PubSubCluster(this.uid, options, () => this.#outbox.backlog);
    this.channels = new Channels(options.key);
    this.#publisher = createLink(publisher);
    this.#subscriber = createLink(subscriber);
    const { clock, key, maxBacklogBytes: maxBytes, maxBacklogAgeMs: maxAgeMs } = options;
    this.#outbox = new Outbox(this.#publisher, key, { maxBytes, maxAgeMs }, clock, {
      nodeId: this.uid,
      onDropped: (messages, bytes, cause) => this.#onDropped(messages, bytes, cause),
    });
    this.#subscriptions = new Subscriptions(this.#subscriber, clock);
    this.#subscriptions.add("pattern", this.channels.pattern, (payload, channel) =>
      this.#onBroadcast(payload, channel),
    );
    this.neighbours = this.#meetNeighbours();
    this.#heartbeat = new Heartbeat(
      {
        publisher: this.#publisher,
        subscriber: this.#subscriber,
        subscriptions: this.#subscriptions,
        channel: this.channels.probe(this.uid),
        kind: "channel",
      },
      clock,
      (status) => this.#onStatus(status),
    );
  }

  get isUp(): boolean {
    return this.#publisher.isUp;
  }

  get isEmpty(): boolean {
    return this.#peers.size === 0;
  }

  /**
   * Begins to hear for a namespace.
   * @throws `CLUSTER_CLOSED` once the last one has left
   */
  open(namespace: string, peer: NamespacePeer): void {
    if (this.#state === "closed")
      throw codedError("CLUSTER_CLOSED", "the Redis adapter was closed with its server; make another one");
    const isNew = !this.#peers.has(namespace);
    this.#peers.set(namespace, peer);
    if (!isNew) return;
    this.neighbours.open(namespace);
    const { channels } = this;
    const onResponse = (payload: Buffer): void => this.#peers.get(namespace)?.onResponse(this.#decode(payload));
    this.#subscriptions.add("channel", channels.request(namespace), (payload) =>
      this.#peers.get(namespace)?.onRequest(this.#decode(payload)),
    );
    this.#subscriptions.add("channel", channels.response(namespace), onResponse);
    this.#subscriptions.add("channel", channels.responseTo(namespace, this.uid), onResponse);
  }

  /** Settles once a namespace hears the others, and knows who they are. */
  async joined(namespace: string): Promise<void> {
    await this.#subscriptions.active();
    await this.neighbours.join(namespace);
  }

  /** Ends what {@link open} began, unless another peer has taken the place. */
  leave(namespace: string, peer: NamespacePeer): void {
    if (this.#peers.get(namespace) !== peer) return;
    this.#peers.delete(namespace);
    const { channels, uid } = this;
    for (const channel of [
      channels.request(namespace),
      channels.response(namespace),
      channels.responseTo(namespace, uid),
    ])
      this.#subscriptions.remove("channel", channel);
    this.neighbours.leave(namespace); // after that, so that Redis does not count this node among those who hear it
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#batches.flush();
    this.#state = "closed";
    this.#heartbeat.close();
    this.neighbours.close();
    this.#outbox.close();
    try {
      await this.#subscriptions.close();
      await Promise.all([this.#publisher.close(), this.#subscriber.close()]);
    } finally {
      this.cluster.onEnd();
    }
  }

  /** Publishes, or keeps the message until Redis is back. Does not throw: what cannot be encoded is told as dropped. */
  publish(channel: string, encode: () => Uint8Array | string): void {
    try {
      const payload = encode();
      this.#batches.flush();
      this.#send(channel, payload);
    } catch (cause) {
      this.#onDropped(1, 0, cause);
    }
  }

  /** As {@link publish}, for what may travel together with others: broadcasts, to their channels. */
  broadcast(channel: string, broadcast: OutgoingBroadcast): void {
    try {
      if (!this.#batches.isAllowed) return this.#send(channel, this.#encode(broadcast));
      // parts of batches are not the parser's: whoever has one of the application has no batches
      const part = encodePacked(
        compactBroadcast(broadcast.namespace, broadcast.data, broadcast.options, broadcast.mark),
      );
      this.#batches.add(channel, part, part.length);
    } catch (cause) {
      this.#onDropped(1, 0, cause);
    }
  }

  /** Which of some nodes were asked in vain and have not been heard of since. */
  silentAmong(uids: ReadonlySet<string>): ReadonlySet<string> {
    return this.#silent.size === 0 ? NOBODY : new Set([...uids].filter((uid) => this.#silent.has(uid)));
  }

  onSilent(uids: readonly string[]): void {
    for (const uid of uids) if (this.neighbours.knows(uid)) this.#silent.add(uid);
  }

  /** A node has been heard of. Answers of the incumbent's nodes have no name, so they speak for all that have none. */
  onHeard(uid: string | undefined, isNameless: (uid: string) => boolean): void {
    if (uid === undefined || (uid !== EMITTER_ID && isNameless(uid))) this.#batches.allow(false);
    if (this.#silent.size === 0) return;
    if (uid !== undefined) this.#silent.delete(uid);
    else for (const silent of this.#silent) if (isNameless(silent)) this.#silent.delete(silent);
  }

  onMalformed(cause: unknown): void {
    this.cluster.onMalformed(cause);
  }

  #meetNeighbours(): Neighbours {
    const { uid, channels, cluster } = this;
    const { batches, clock, requestsTimeoutMs } = this.options;
    const onGone = (gone: string): void => {
      this.#silent.delete(gone);
      cluster.onGone(gone);
    };
    const onReviewed = (): void => void (batches && this.#batches.allow(this.neighbours.areAllOurs));
    return new Neighbours({
      uid,
      link: this.#publisher,
      channels,
      clock,
      patienceMs: requestsTimeoutMs,
      isCounted: (namespace) => this.#subscriptions.isActive("channel", channels.request(namespace)),
      handler: { onCome: (come) => cluster.onCome(come), onGone, onReviewed },
    });
  }

  #onStatus(status: BusStatus): void {
    if (status.kind === "gap") for (const peer of this.#peers.values()) peer.onGap();
    this.cluster.onStatus(status);
    if (status.kind === "gap") this.neighbours.onBack();
  }

  /** Writes a broadcast that travels alone. */
  #encode({ namespace, data, options, mark }: OutgoingBroadcast): Uint8Array | string {
    const packet = { type: EVENT, data, nsp: namespace };
    return this.options.parser.encode([this.uid, packet, mark === undefined ? options : { ...options, mark }]);
  }

  #send(channel: string, payload: Uint8Array | string): void {
    this.#outbox.send(["PUBLISH", channel, typeof payload === "string" ? payload : asBuffer(payload)]);
  }

  #onBroadcast(payload: Buffer, channel: string): void {
    if (this.#isOwn(payload)) return;
    let messages: readonly unknown[] | undefined;
    this.channels.forEachMeaning(channel, (namespace, room) => {
      const peer = this.#peers.get(namespace);
      if (peer === undefined || (room !== "" && !peer.hasRoom(room))) return;
      messages ??= splitBroadcasts(this.#decode(payload, "broadcast"));
      for (const message of messages) peer.onBroadcast(message);
    });
  }

  /** Whether a broadcast, or a batch of them, is this node's own; without reading more than the beginning. */
  #isOwn(payload: Buffer): boolean {
    const { length } = this.#ownName;
    return this.options.parser === messagePack && payload.subarray(1, length + 1).equals(this.#ownName);
  }

  /** @returns undefined for what cannot be decoded */
  #decode(payload: Buffer, kind: "broadcast" | "question" = "question"): unknown {
    try {
      const isJson = kind === "question" && payload[0] === OPENING_BRACE;
      return isJson ? JSON.parse(payload.toString()) : this.options.parser.decode(payload);
    } catch {
      return undefined; // reported where the message is found to be nothing
    }
  }

  #onDropped(messages: number, bytes: number, cause: unknown): void {
    this.cluster.onStatus({ kind: "dropped", messages, bytes, ...(cause !== undefined && { cause }) });
  }
}

/** What programs call themselves that only publish. */
const EMITTER_ID = "emitter";

const NOBODY: ReadonlySet<string> = new Set();
const OPENING_BRACE = 0x7b;

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import { TickBatches } from "@halyard/adapter";
import type { Bus, BusBacklog, BusHandler, BusMessage, BusStatus, BusTopic } from "@halyard/contracts";
import { joinMessages } from "../bus/batch.ts";
import { decodePacked, encodePacked, namespaceOf } from "../bus/bus-codec.ts";
import { BusInlet } from "../bus/bus-inlet.ts";
import { isForAllNodes } from "../bus/routing.ts";
import { createLink } from "../connection/create-link.ts";
import { Heartbeat } from "../connection/heartbeat.ts";
import { numSub } from "../connection/num-sub.ts";
import { Outbox } from "../connection/outbox.ts";
import { peerNames } from "../connection/peer-names.ts";
import type { RedisClient } from "../connection/redis-client.ts";
import type { OwnedRedisLink, RedisLink } from "../connection/redis-link.ts";
import { Subscriptions } from "../connection/subscriptions.ts";
import { createNodeId } from "../pubsub/node-id.ts";
import { isEntryId } from "./entry-id.ts";
import { EntryInlet } from "./entry-inlet.ts";
import { EntryNumbers } from "./entry-numbers.ts";
import { writeFields, writeMessage, writePart, type WrittenMessage } from "./entry.ts";
import { StreamReader } from "./stream-reader.ts";
import { allStreams, streamOf, type ResolvedStreamsOptions } from "./streams-options.ts";

/** A message on its way: for a stream, as text, or for a channel. */
type Outgoing = WrittenMessage | string | Buffer;

/**
 * Moves commands over streams, which keep them for nodes that are away for a while, and questions and answers over pub/sub; all as
 * the streams adapter of socket.io does.
 */
export class StreamsBus implements Bus {
  readonly nodeId: string = createNodeId();
  readonly #options: ResolvedStreamsOptions;
  readonly #publisher: RedisLink;
  readonly #subscriber: OwnedRedisLink;
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #inlet: BusInlet = new BusInlet(this.nodeId);
  readonly #numbers = new Map<string, EntryNumbers>();
  /** Streams to which this node wrote before the connection broke, and has not signed since: see {@link #sign}. */
  readonly #unsigned = new Set<string>();
  readonly #unwatch: () => void;
  readonly #batches = new TickBatches<Outgoing>((messages, target) => this.#transmit(messages, target));
  readonly #namespaces = new Set<string>();
  #readers: readonly StreamReader[] = [];
  #heartbeat: Heartbeat | undefined;
  #onClosed: () => void = () => {};
  #isReading = false;
  #state: "open" | "closed" = "open";

  constructor(client: RedisClient, options: ResolvedStreamsOptions) {
    this.#options = options;
    this.#publisher = createLink(client);
    this.#subscriber = this.#publisher.duplicate();
    this.#subscriptions = new Subscriptions(this.#subscriber, options.clock);
    this.#outbox = new Outbox(this.#publisher, options.streamName, options, options.clock, {
      nodeId: this.nodeId,
      onDropped: (messages, bytes, cause) => this.#inlet.onDropped(messages, bytes, cause),
      isRepeated: (cause) => !isRefusal(cause),
      isAnswer: ([name], reply) => name !== "XADD" || isEntryId(String(reply)),
      isTakenEarly: ([name]) => name !== "XADD",
    });
    this.#unwatch = this.#publisher.watch({
      onUp: () => this.#numbers.forEach((numbers, stream) => this.#unsigned.has(stream) && this.#sign(stream, numbers)),
      onDown: () => this.#numbers.forEach((_, stream) => this.#unsigned.add(stream)),
      onError: () => {},
    });
  }

  get backlog(): BusBacklog {
    return this.#outbox.backlog;
  }

  async start(handler: BusHandler): Promise<void> {
    if (this.#state === "closed") return;
    const { clock, readCount, blockTimeMs, kind, channelPrefix } = this.#options;
    this.#inlet.open(handler);
    this.#readers = allStreams(this.#options).map(
      (stream) =>
        new StreamReader(
          this.#publisher,
          { stream, readCount, blockTimeMs, pastMs: handler.pastMs ?? 0, clock },
          new EntryInlet(stream, this.#inlet),
        ),
    );
    await Promise.all(this.#readers.map(({ ready }) => ready));
    if (this.#isClosed()) return;
    this.#isReading = true;
    for (const namespace of this.#namespaces) this.#subscribe(namespace, "created");
    this.#subscriptions.add(kind, this.#commonChannel, (payload) => this.#onCommon(payload));
    const path = {
      publisher: this.#publisher,
      subscriber: this.#subscriber,
      subscriptions: this.#subscriptions,
      channel: `${channelPrefix}-probe#${this.nodeId}#`,
      kind,
    };
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      this.#heartbeat = new Heartbeat(path, clock, (status) => this.#onStatus(status, resolve));
    });
  }

  publish(message: BusMessage): void {
    if (isForAllNodes(message)) {
      this.#send(this.#commonChannel, message);
      this.#send(this.#channel(message.nsp), message);
    } else this.#append(message);
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
    const { kind } = this.#options;
    const isCounted = this.#subscriptions.isActive(kind, channel);
    const command = kind === "shard" ? "SHARDNUMSUB" : "NUMSUB";
    const replies = await this.#publisher.commandAll(["PUBSUB", command, channel]);
    return Math.max(0, numSub(replies) - (isCounted ? 1 : 0));
  }

  async peerNames(namespace: string): Promise<readonly string[]> {
    const names = await peerNames(this.#publisher, this.#options.kind, this.#channel(namespace));
    return names.filter((name) => name !== this.nodeId);
  }

  topicChanged({ namespace, room }: BusTopic, change: "created" | "deleted"): void {
    if (this.#state === "closed" || room !== undefined) return;
    if (change === "created") this.#namespaces.add(namespace);
    else this.#namespaces.delete(namespace);
    if (this.#isReading) this.#subscribe(namespace, change);
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#batches.flush();
    this.#state = "closed";
    this.#unwatch();
    this.#outbox.close();
    this.#heartbeat?.close();
    this.#inlet.close();
    this.#onClosed();
    for (const reader of this.#readers) reader.close();
    this.#subscriber.end();
    await this.#publisher.close();
  }

  /** Who is subscribed is counted as a node, so this must not come before its streams are read. */
  #subscribe(namespace: string, change: "created" | "deleted"): void {
    const { kind } = this.#options;
    for (const channel of [this.#channel(namespace), `${this.#channel(namespace)}${this.nodeId}#`])
      if (change === "deleted") this.#subscriptions.remove(kind, channel);
      else this.#subscriptions.add(kind, channel, (payload) => this.#inlet.take(payload, decodePacked));
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Where nodes of this package hear what concerns every node, whatever its namespaces. */
  get #commonChannel(): string {
    return `${this.#options.channelPrefix}-nodes#`;
  }

  #channel(namespace: string): string {
    return `${this.#options.channelPrefix}#${namespace}#`;
  }

  #append(message: BusMessage): void {
    const stream = streamOf(message.nsp, this.#options);
    try {
      const { onlyPlaintext } = this.#options;
      const written = this.#batches.isAllowed
        ? writePart(message, onlyPlaintext)
        : writeMessage(message, onlyPlaintext);
      const { length } = typeof written === "string" ? written : (written.data ?? "");
      this.#batches.add(stream, written, length);
    } catch (cause) {
      this.#inlet.onDropped(1, 0, cause);
    }
  }

  #send(channel: string, message: BusMessage): void {
    try {
      const payload = encodePacked(message);
      this.#batches.add(channel, payload, payload.length);
    } catch (cause) {
      this.#inlet.onDropped(1, 0, cause);
    }
  }

  /** Sends messages that go to the same stream, or to the same channel. */
  #transmit(messages: readonly Outgoing[], target: string): void {
    const written = messages.filter(isText);
    const payloads = messages.filter(isPayload);
    if (written.length > 0) this.#transmitEntry(target, written);
    if (payloads.length > 0) this.#transmitMessage(target, payloads);
  }

  #transmitEntry(stream: string, written: readonly (WrittenMessage | string)[]): void {
    const trim = ["MAXLEN", "~", String(this.#options.maxLength)];
    const numbers = this.#numbersOf(stream);
    const { settled } = numbers;
    const number = numbers.next();
    const fields = writeFields(this.nodeId, written, { number, settled });
    this.#outbox.send(["XADD", stream, ...trim, "*", ...fields], stream, written.length, () => {
      numbers.settle(number);
      if (this.#unsigned.has(stream)) this.#sign(stream, numbers);
    });
  }

  /**
   * Once the connection is back, and all that waited is settled, writes an entry that holds nothing: others notice by its number if
   * something is missing, also if this node has nothing more to say for a long time.
   */
  #sign(stream: string, { settled, last }: EntryNumbers): void {
    if (settled < last || !this.#publisher.isUp || this.#state === "closed") return;
    this.#unsigned.delete(stream);
    this.#transmitEntry(stream, []);
  }

  #numbersOf(stream: string): EntryNumbers {
    let numbers = this.#numbers.get(stream);
    if (numbers === undefined) this.#numbers.set(stream, (numbers = new EntryNumbers()));
    return numbers;
  }

  #transmitMessage(channel: string, payloads: readonly Buffer[]): void {
    const command = this.#options.kind === "shard" ? "SPUBLISH" : "PUBLISH";
    const parts = payloads.map((payload) => ({ payload, isWhole: true }));
    this.#outbox.send([command, channel, joinMessages(this.nodeId, parts)], channel, parts.length);
  }

  /** Takes what is for every node, unless it comes through the channel of its namespace as well. */
  #onCommon(payload: Buffer): void {
    this.#inlet.take(payload, decodePacked, (message) => !this.#namespaces.has(namespaceOf(message)));
  }

  /** What pub/sub has missed were questions and answers only. */
  #onStatus(status: BusStatus, onFirst: () => void): void {
    if (status.kind === "gap") return;
    this.#inlet.onStatus(status);
    if (status.kind === "up") onFirst();
  }
}

/** Whether a message goes to a stream. */
function isText(message: Outgoing): message is WrittenMessage | string {
  return !isPayload(message);
}

/** Whether a message goes to a channel. */
function isPayload(message: Outgoing): message is Buffer {
  return message instanceof Buffer;
}

/** Whether Redis itself has said no, and would again; else it is away, loading, or failing over. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && /^(ERR|WRONGTYPE|NOPERM|NOAUTH|OOM) /.test(cause.message);
}

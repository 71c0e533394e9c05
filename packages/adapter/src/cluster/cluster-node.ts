import type {
  AdapterHost,
  Bus,
  BusHandler,
  BusMessage,
  BusStatus,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  MissingNode,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { BatchPermit } from "./batch-permit.ts";
import { resolveClusterOptions, type ClusterOptions, type ResolvedClusterOptions } from "./cluster-options.ts";
import { ClusterMonitor } from "./cluster-monitor.ts";
import type { Cluster, ClusterStats } from "./cluster.ts";
import { countPeers, expectPeers } from "./count-peers.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Members } from "./members.ts";
import { EMITTER_ID } from "./message-type.ts";
import { numbersFromSockets } from "./numbers-from-sockets.ts";
import { Queries } from "./queries.ts";
import { readFrame, readMessage, type Incoming } from "./read-message.ts";
import { Responder } from "./responder.ts";
import { UnclaimedPast } from "./unclaimed-past.ts";
import { writeClose, writeEnd, writeHeartbeat, writeQuery, type MessageBody } from "./write-message.ts";

type NumberQuery = Extract<ClusterQuery, { kind: "count" | "rooms" }>;

type State = "idle" | "starting" | "up" | "down" | "closed";

/**
 * One node's part in a cluster: all namespaces of a server over one bus. Nodes of socket.io on the same bus are members like ours;
 * what is said to them has their form.
 */
export class ClusterNode extends ClusterMonitor implements Cluster {
  readonly #bus: Bus;
  readonly #options: ResolvedClusterOptions;
  readonly #hosts = new Map<string, AdapterHost>();
  readonly #members = new Members();
  readonly #queries: Queries;
  readonly #responder: Responder;
  readonly #heartbeat: Heartbeat;
  readonly #batches: BatchPermit;
  readonly #past: UnclaimedPast;
  /** For how long what was sent is of use to namespaces that begin. */
  #pastMs = 0;
  #state: State = "idle";
  #started: Promise<void> | undefined;

  /** @throws `INVALID_OPTION` */
  constructor(bus: Bus, options: ClusterOptions) {
    const resolved = resolveClusterOptions(options);
    super(resolved.onError);
    this.#bus = bus;
    this.#options = resolved;
    this.#batches = new BatchPermit(bus, this.#members);
    this.#past = new UnclaimedPast(resolved.maxPastBytes);
    this.#queries = new Queries(bus.nodeId);
    this.#responder = new Responder(this.#options.clock, this.#options.onError);
    this.#heartbeat = new Heartbeat(this.#options, this.#members, {
      beat: () => this.#beat(),
      onSilent: ({ node }) => this.#depart(node),
    });
  }

  get nodeId(): string {
    return this.#bus.nodeId;
  }

  get nodes(): readonly string[] {
    return this.#members.all;
  }

  stats(): ClusterStats {
    return {
      ...this.counted,
      backlog: this.#bus.backlog,
      pendingQueries: this.#queries.size,
      pendingAnswers: this.#responder.size,
    };
  }

  /**
   * Takes a namespace in.
   * @throws `CLUSTER_CLOSED` after the last one has left
   */
  open(host: AdapterHost): void {
    if (this.#state === "closed")
      throw codedError("CLUSTER_CLOSED", "the cluster adapter was closed with its server; make another one");
    const { namespace, pastMs = 0 } = host;
    this.#pastMs = Math.max(this.#pastMs, pastMs);
    const isNew = !this.#hosts.has(namespace);
    this.#hosts.set(namespace, host);
    if (!isNew) return;
    this.#bus.topicChanged?.({ namespace }, "created");
    if (this.#state === "up") this.publish(namespace, writeHeartbeat("initial"));
  }

  /** Gives a namespace what was sent to it before it was there, and starts the bus, once for all namespaces. */
  start(host: AdapterHost): Promise<void> {
    const past = this.#past.claim(host.namespace);
    if (host.pastMs !== undefined && host.pastMs > 0)
      for (const broadcast of past) host.execute({ ...broadcast, isPast: true });
    this.#started ??= this.#start();
    return this.#started;
  }

  publish(namespace: string, body: MessageBody): void {
    if (this.#state !== "closed") this.#bus.publish(this.#frame(namespace, body));
  }

  /** Asks all members of a namespace at once. */
  query(namespace: string, query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode> {
    if (query.kind !== "count" && query.kind !== "rooms") return this.#ask(namespace, query, signal);
    if (this.#members.hasForeign(namespace)) return this.#countSockets(namespace, query, signal);
    if (this.#bus.peerCount === undefined) return this.#ask(namespace, query, signal);
    return this.#askNumbers(namespace, query, signal);
  }

  async serverCount(namespace: string): Promise<number> {
    const counted = await this.#countPeers(namespace);
    return 1 + Math.max(counted, this.#members.countOf(namespace));
  }

  roomChanged(namespace: string, room: string, change: "created" | "deleted"): void {
    this.#bus.topicChanged?.({ namespace, room }, change);
  }

  /** Lets a namespace go; with the last one, leaves the cluster. */
  async close(host: AdapterHost): Promise<void> {
    const { namespace } = host;
    if (this.#hosts.get(namespace) !== host) return; // another host has taken the namespace over
    this.#hosts.delete(namespace);
    if (this.#hosts.size > 0) {
      if (this.#members.hasForeign(namespace)) this.publish(namespace, writeClose("namespace"));
      this.#bus.topicChanged?.({ namespace }, "deleted");
      return;
    }
    this.publish(namespace, writeClose("node"));
    this.#state = "closed";
    this.#heartbeat.stop();
    this.#queries.close();
    this.#responder.close();
    try {
      await this.#bus.close();
    } finally {
      this.onEnd();
    }
  }

  async #start(): Promise<void> {
    this.#state = "starting";
    this.#heartbeat.start();
    const handler: BusHandler = {
      pastMs: this.#pastMs,
      onMessage: (message, offset, isPast) =>
        isPast === true ? this.#onPast(message) : this.#onMessage(message, offset),
      onStatus: (status) => this.onStatus(status),
      onMalformed: (cause) => this.onMalformed(cause),
    };
    await this.#bus.start(handler);
  }

  #ask(namespace: string, query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode> {
    const countsUnnamed = this.#bus.peerCount !== undefined;
    const nodes = this.#state === "closed" ? [] : this.#members.of(namespace);
    const { requestId, pending } = this.#queries.open(query.kind, nodes, countsUnnamed, signal);
    if (!pending.stream.isEnded) this.publish(namespace, writeQuery(namespace, query, requestId));
    if (countsUnnamed) void expectPeers(this.#bus, this.#options.clock, namespace, pending);
    return pending.stream;
  }

  /** Nodes that are known by number only are not ours: then sockets must be counted here. */
  async *#askNumbers(
    namespace: string,
    query: NumberQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ClusterReply | MissingNode> {
    const counted = await this.#countPeers(namespace, signal);
    const areAllOurs = counted <= this.#members.countOf(namespace) && !this.#members.hasForeign(namespace);
    yield* areAllOurs ? this.#ask(namespace, query, signal) : this.#countSockets(namespace, query, signal);
  }

  #countSockets(namespace: string, query: NumberQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode> {
    const to = query.kind === "count" ? query.to : { rooms: [], except: [] };
    return numbersFromSockets(query, this.#ask(namespace, { kind: "fetchSockets", to }, signal));
  }

  /** How many others the backend counts; 0 if it cannot, or cannot now. */
  #countPeers(namespace: string, signal?: AbortSignal): Promise<number> {
    return countPeers(this.#bus, this.#options.clock, namespace, signal);
  }

  #onMessage(raw: unknown, offset: string | undefined): void {
    if (this.#state === "closed") return;
    const frame = readFrame(raw);
    if (frame === undefined) return this.onMalformed(raw);
    if (frame.uid === this.nodeId) return;
    const incoming = readMessage(frame.type, frame.data, offset);
    if (frame.uid !== EMITTER_ID) this.#notice(frame, incoming);
    if (incoming === undefined) this.onMalformed(raw);
    else this.#handle(frame, incoming);
  }

  /** Of what was sent before this node began only broadcasts matter, and those who sent them may be gone. */
  #onPast(raw: unknown): void {
    const frame = this.#state === "closed" ? undefined : readFrame(raw);
    const incoming = frame && readMessage(frame.type, frame.data);
    if (frame === undefined || incoming?.kind !== "command" || incoming.command.kind !== "broadcast") return;
    const { command } = incoming;
    if (command.mark === undefined) return;
    const host = this.#hosts.get(frame.nsp);
    if (host === undefined) this.#keep(frame.nsp, command);
    else host.execute({ ...command, isPast: true });
  }

  /** Keeps what may be of use to a namespace that is created later. */
  #keep(namespace: string, command: ClusterCommand): void {
    if (this.#pastMs === 0 || command.kind !== "broadcast" || command.mark === undefined) return;
    this.#past.keep(namespace, command, this.#options.clock.monotonic());
  }

  /** Any message is a sign of life; newcomers get one in return, so that they need not wait for the next beat. */
  #notice({ uid, nsp }: BusMessage, incoming: Incoming | undefined): void {
    if (incoming?.kind === "close") return;
    const nowMs = this.#options.clock.monotonic();
    const isOurs = incoming?.kind === "heartbeat" && incoming.ours;
    const isNew = isOurs ? this.#members.announce(uid, nowMs) : this.#members.hear(uid, nsp, nowMs);
    if (isOurs || isNew) this.#batches.note(uid, isOurs ? "ours" : "new");
    const asksAgain = incoming?.kind === "heartbeat" && incoming.isInitial && !isOurs;
    if (!isNew && !asksAgain) return;
    if (isOurs || this.#hosts.has(nsp)) this.#send(uid, nsp, writeHeartbeat("regular"));
    this.#batches.review();
    if (isNew) this.tell("join", uid);
  }

  #handle(frame: BusMessage, incoming: Incoming): void {
    const { uid, nsp } = frame;
    switch (incoming.kind) {
      case "command": {
        const host = this.#hosts.get(nsp);
        return host === undefined ? this.#keep(nsp, incoming.command) : host.execute(incoming.command);
      }
      case "query":
        return this.#answer(frame, incoming);
      case "replies":
        return this.#queries.take(uid, incoming.requestId, incoming.replies, incoming.isLast);
      case "close":
        if (incoming.what === "node" ? this.#members.remove(uid) : this.#members.leave(uid, nsp)) this.#depart(uid);
        return;
      case "heartbeat":
      case "unknown":
    }
  }

  #answer({ uid, nsp }: BusMessage, { query, requestId }: Extract<Incoming, { kind: "query" }>): void {
    const reply = (body: MessageBody): void => this.#send(uid, nsp, body);
    const host = this.#hosts.get(nsp);
    const isOurs = this.#members.isOurs(uid);
    if (host !== undefined) this.#responder.answer(host, { query, requestId, node: uid, isOurs, reply });
    else if (isOurs) reply(writeEnd(requestId)); // it counts on this node in every namespace
  }

  override onStatus(status: BusStatus): void {
    switch (status.kind) {
      case "up":
        return this.#onUp();
      case "down":
        if (this.#state === "up") this.#state = "down";
        this.#heartbeat.pause();
        return super.onStatus(status);
      case "gap":
        for (const host of this.#hosts.values()) host.onGap?.();
        return super.onStatus(status);
      case "dropped":
        return super.onStatus(status);
      case "left":
        if (this.#members.remove(status.node)) this.#depart(status.node);
    }
  }

  #onUp(): void {
    const isFirst = this.#state === "starting";
    if (this.#state !== "closed") this.#state = "up";
    this.#heartbeat.resume();
    if (isFirst) for (const namespace of this.#hosts.keys()) this.publish(namespace, writeHeartbeat("initial"));
    this.tell("up");
  }

  /** Nodes of ours need one sign of life, those of socket.io one in each namespace. */
  #beat(): void {
    this.#past.expire(this.#options.clock.monotonic() - this.#pastMs);
    if (this.#state !== "up") return; // it would be out of date when it gets through
    const [home] = this.#hosts.keys();
    const namespaces = new Set(home === undefined ? [] : [home]);
    for (const namespace of this.#members.foreignNamespaces) if (this.#hosts.has(namespace)) namespaces.add(namespace);
    for (const namespace of namespaces) this.publish(namespace, writeHeartbeat("regular"));
  }

  #depart(node: string): void {
    this.#queries.miss(node);
    this.#responder.forget(node);
    this.#batches.review();
    this.tell("leave", node);
  }

  #send(to: string, namespace: string, body: MessageBody): void {
    if (this.#state !== "closed") this.#bus.send(this.#frame(namespace, body), to);
  }

  #frame(nsp: string, { type, data }: MessageBody): BusMessage {
    const uid = this.nodeId;
    return data === undefined ? { uid, nsp, type } : { uid, nsp, type, data };
  }
}

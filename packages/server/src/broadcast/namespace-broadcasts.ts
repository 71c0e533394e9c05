import type {
  Adapter,
  ClusterQuery,
  ClusterReply,
  Clock,
  EngineMessagePreparer,
  EventData,
  MissingNode,
  Parser,
  PreparedMessage,
  Selection,
  Untyped,
} from "@halyard/contracts";
import { packetSend } from "@halyard/diagnostics";
import type { AckCallback } from "../acks/callback-ack.ts";
import { areAcksObserved, observeBroadcast } from "../acks/observed-ack.ts";
import { publishBroadcast } from "../diagnostics.ts";
import type { KeptEvents, SealedEvent } from "../recovery/kept-events.ts";
import { watchRejection } from "../rejections.ts";
import type { RoomIndex } from "../rooms/room-index.ts";
import type { Delivery, SocketControl } from "../socket-control.ts";
import { askOthers } from "./ask-others.ts";
import { BroadcastAck, type BroadcastAckReader } from "./broadcast-ack.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast-target.ts";
import { withMissingNodes, type ClusterResult } from "./cluster-result.ts";
import { fanOut } from "./fan-out.ts";
import { RemoteSocketProxy } from "./remote-socket-proxy.ts";
import type { RemoteSocket } from "./remote-socket.ts";

/** How long other servers have for their answers, where the caller set no time. */
const ANSWER_TIMEOUT_MS = 5_000;

/** A socket that a broadcast can reach. */
export interface Recipient extends RemoteSocket<Untyped, Untyped> {
  readonly connected: boolean;
}

/** What broadcasts need of all namespaces of a server. */
export interface BroadcastHost<Member> {
  readonly clock: Clock;
  readonly parser: Parser;
  /** Encodes for the engine; there is none before the server is attached. */
  readonly preparer: EngineMessagePreparer | undefined;
  readonly control: Pick<SocketControl<Member>, "deliver" | "expectAck" | "forgetAck">;
}

/** What broadcasts need of their namespace. */
interface Audience<Member extends Recipient> {
  readonly host: BroadcastHost<Member>;
  readonly name: string;
  readonly rooms: RoomIndex<Member>;
  readonly connected: ReadonlyMap<string, Member>;
  readonly adapter: Pick<Adapter, "publish" | "query">;
  /** Absent where connection state recovery is off. */
  readonly recovery: { readonly events: Pick<KeptEvents, "seal" | "sealForeign" | "order"> } | undefined;
  /** Ids are the namespace's, so that all recipients of one broadcast can share one. */
  nextAckId(): number;
  report(thrown: unknown): void;
}

/** What is done to many sockets of one namespace: to this server's at once, to the other servers' through the adapter. */
export class NamespaceBroadcasts<Member extends Recipient> implements BroadcastTarget {
  readonly #audience: Audience<Member>;

  constructor(audience: Audience<Member>) {
    this.#audience = audience;
  }

  broadcast(to: Selection, flags: BroadcastFlags, data: EventData): void {
    const { volatile = false, compress = true } = flags;
    const { recovery, adapter } = this.#audience;
    const isForAll = flags.local !== true;
    if (recovery === undefined) {
      const delivery = this.#prepare(flags, data, undefined); // first: what cannot be encoded goes nowhere
      // the other servers have further to go, and must not wait until many sockets of this one are written to
      if (isForAll) adapter.publish({ kind: "broadcast", to, data, volatile, compress });
      if (delivery !== undefined) this.#fanOut(to, delivery);
      return;
    }
    const sealed = recovery.events.seal(to, volatile, data, isForAll);
    const { mark } = sealed;
    // other servers have to hear of packets in the order of their positions, whatever listeners send in the middle of the delivery
    if (isForAll)
      adapter.publish({ kind: "broadcast", to, data, volatile, compress, ...(mark !== undefined && { mark }) });
    this.#deliverSealed(recovery.events, sealed, to, flags, data);
  }

  broadcastWithAck(to: Selection, flags: BroadcastFlags, data: EventData, done: AckCallback): void {
    this.ask(to, flags, data, { onComplete: (error, answers) => this.#finish(done, error, answers) });
  }

  /** As {@link broadcastWithAck}; returns how many sockets of this server were asked. */
  ask(to: Selection, flags: BroadcastFlags, data: EventData, reader: BroadcastAckReader): number {
    const { control, clock } = this.#audience.host;
    const id = this.#audience.nextAckId();
    const delivery = this.#prepare(flags, data, id);
    const sockets = this.select(to);
    const ack = new BroadcastAck(areAcksObserved() ? this.#observe(reader, flags, data, sockets.length) : reader);
    for (const socket of sockets) {
      if (control.expectAck(socket, id, ack)) ack.expect(socket.id);
      else ack.miss(socket.id);
    }
    if (delivery !== undefined) this.#deliverTo(sockets, delivery, id);
    if (flags.timeout !== undefined) ack.guard(clock.schedule(() => this.#expire(id, ack), flags.timeout));
    void ack.collect(this.#askOthers(to, flags, data, ack)).catch((thrown: unknown) => this.#audience.report(thrown));
    return sockets.length;
  }

  async fetchSockets(to: Selection, flags: BroadcastFlags): Promise<ClusterResult<RemoteSocket<Untyped, Untyped>>> {
    const sockets: RemoteSocket<Untyped, Untyped>[] = this.select(to);
    const missingNodes = await this.#ask({ kind: "fetchSockets", to }, flags, (reply) => {
      if (reply.kind === "socket") sockets.push(new RemoteSocketProxy(this, reply.socket));
    });
    return withMissingNodes(sockets, missingNodes);
  }

  async count(to: Selection, flags: BroadcastFlags): Promise<number> {
    let count = this.select(to).length;
    await this.#ask({ kind: "count", to }, flags, (reply) => {
      if (reply.kind === "count") count += reply.count;
    });
    return count;
  }

  async rooms(withOwn = false): Promise<Map<string, number>> {
    const rooms = new Map(this.roomsHere(withOwn));
    await this.#ask({ kind: "rooms", withOwn }, {}, (reply) => {
      if (reply.kind === "room") rooms.set(reply.room, (rooms.get(reply.room) ?? 0) + reply.count);
    });
    return rooms;
  }

  join(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void {
    this.joinHere(to, rooms);
    if (flags.local !== true) this.#audience.adapter.publish({ kind: "join", to, rooms });
  }

  leave(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void {
    this.leaveHere(to, rooms);
    if (flags.local !== true) this.#audience.adapter.publish({ kind: "leave", to, rooms });
  }

  disconnect(to: Selection, flags: BroadcastFlags, closeConnection: boolean): void {
    this.disconnectHere(to, closeConnection);
    if (flags.local !== true) this.#audience.adapter.publish({ kind: "disconnect", to, closeConnection });
  }

  /** Sends an event of another server to this server's sockets: encoded once, framed once. */
  deliver(to: Selection, flags: BroadcastFlags, data: EventData, mark?: string): void {
    const { recovery } = this.#audience;
    if (recovery !== undefined) {
      const sealed = recovery.events.sealForeign(to, flags.volatile === true, data, mark);
      return this.#deliverSealed(recovery.events, sealed, to, flags, data);
    }
    const delivery = this.#prepare(flags, data, undefined);
    if (delivery !== undefined) this.#fanOut(to, delivery);
  }

  joinHere(to: Selection, rooms: readonly string[]): void {
    for (const socket of this.select(to)) for (const room of rooms) this.#audience.rooms.join(socket, room);
  }

  leaveHere(to: Selection, rooms: readonly string[]): void {
    for (const socket of this.select(to)) for (const room of rooms) this.#audience.rooms.leave(socket, room);
  }

  disconnectHere(to: Selection, closeConnection: boolean): void {
    for (const socket of this.select(to)) socket.disconnect(closeConnection);
  }

  /** This server's connected sockets that a selection means. */
  select(to: Selection): Member[] {
    const sockets: Member[] = [];
    fanOut(this.#audience.rooms, this.#audience.connected, to, (socket) => {
      if (socket.connected) sockets.push(socket);
    });
    return sockets;
  }

  /** This server's rooms with the number of their members; without those that each socket has for itself, unless they are asked for. */
  *roomsHere(withOwn = false): IterableIterator<[room: string, count: number]> {
    const { rooms, connected } = this.#audience;
    for (const room of rooms.names()) if (withOwn || !connected.has(room)) yield [room, rooms.members(room)?.size ?? 1]; // only members are implied
  }

  #observe(reader: BroadcastAckReader, flags: BroadcastFlags, data: EventData, clients: number): BroadcastAckReader {
    const { name: namespace, host } = this.#audience;
    const limit = flags.timeout !== undefined && { timeoutMs: flags.timeout };
    return observeBroadcast(reader, { namespace, event: String(data[0]), clients, ...limit }, host.clock);
  }

  #prepare(flags: BroadcastFlags, data: EventData, id: number | undefined): Delivery | undefined {
    const { preparer, parser } = this.#audience.host;
    const { name: namespace } = this.#audience;
    const packet = { type: "event" as const, namespace, data, ...(id !== undefined && { id }) };
    const messages = parser.encode(packet); // also without an engine: what cannot be encoded is the caller's error
    const message: PreparedMessage | undefined = preparer?.prepare(messages);
    return message && describe(message, data, flags, 0);
  }

  #fanOut(to: Selection, delivery: Delivery): void {
    const { host, rooms, connected } = this.#audience;
    const { control } = host;
    if (!packetSend.hasSubscribers) return fanOut(rooms, connected, to, (socket) => control.deliver(socket, delivery));
    let recipients = 0;
    fanOut(rooms, connected, to, (socket) => {
      if (control.deliver(socket, delivery)) recipients++;
    });
    this.#publishSend(delivery, undefined, recipients);
  }

  #deliverTo(sockets: readonly Member[], delivery: Delivery, id?: number): void {
    const { control } = this.#audience.host;
    let recipients = 0;
    for (const socket of sockets) if (control.deliver(socket, delivery)) recipients++;
    if (packetSend.hasSubscribers) this.#publishSend(delivery, id, recipients);
  }

  #publishSend({ data, message }: Delivery, id: number | undefined, recipients: number): void {
    publishBroadcast(
      this.#audience.name,
      { event: String(data[0]), ...(id !== undefined && { ackId: id }) },
      message.messages,
      recipients,
    );
  }

  /** What is sent in the middle of a delivery goes to those who were meant then, but later. */
  #deliverSealed(
    { order }: Pick<KeptEvents, "order">,
    { messages, position, origin }: SealedEvent,
    to: Selection,
    flags: BroadcastFlags,
    data: EventData,
  ): void {
    const { preparer } = this.#audience.host;
    if (preparer === undefined) return;
    const described = describe(preparer.prepare(messages), data, flags, position);
    const delivery = origin === undefined ? described : { ...described, origin };
    if (!order.isBusy) return order.run(() => this.#fanOut(to, delivery));
    const sockets = this.select(to);
    order.defer(() => this.#deliverTo(sockets, delivery));
  }

  /** Asks the other servers, for no longer than the flags say; returns the ids of those whose answer is not complete. */
  async #ask(query: ClusterQuery, flags: BroadcastFlags, onReply: (reply: ClusterReply) => void): Promise<string[]> {
    const missingNodes: string[] = [];
    if (flags.local === true) return missingNodes;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const { clock } = this.#audience.host;
    const timer = clock.schedule(abort, flags.timeout ?? ANSWER_TIMEOUT_MS, true);
    try {
      for await (const reply of askOthers(this.#audience, query, controller.signal, clock))
        if (reply.kind === "missing") missingNodes.push(reply.node);
        else onReply(reply);
    } catch (thrown) {
      this.#audience.report(thrown); // what did answer is worth more than nothing
    } finally {
      timer.cancel();
    }
    return missingNodes;
  }

  async *#askOthers(
    to: Selection,
    flags: BroadcastFlags,
    data: EventData,
    ack: BroadcastAck,
  ): AsyncGenerator<ClusterReply | MissingNode> {
    if (flags.local === true) return;
    const { timeout: timeoutMs = ANSWER_TIMEOUT_MS, volatile = false, compress = true } = flags;
    const query = { kind: "broadcastWithAck", to, data, timeoutMs, volatile, compress } as const;
    yield* askOthers(this.#audience, query, ack.signal, this.#audience.host.clock);
  }

  #expire(id: number, ack: BroadcastAck): void {
    for (const socketId of ack.waiting) {
      const socket = this.#audience.connected.get(socketId);
      if (socket !== undefined) this.#audience.host.control.forgetAck(socket, id);
    }
    ack.expire();
  }

  #finish(done: AckCallback, error: Error | null, answers: readonly unknown[]): void {
    try {
      watchRejection(done(error, answers), (thrown) => this.#audience.report(thrown));
    } catch (thrown) {
      this.#audience.report(thrown);
    }
  }
}

function describe(message: PreparedMessage, data: EventData, flags: BroadcastFlags, position: number): Delivery {
  return { message, data, volatile: flags.volatile === true, compress: flags.compress !== false, position };
}

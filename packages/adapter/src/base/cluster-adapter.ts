import { randomBytes } from "node:crypto";
import type { Untyped } from "@halyard/contracts";
import { Adapter } from "./adapter.ts";
import {
  isWellFormed,
  readOptions,
  writeOptions,
  type ClusterMessage,
  type ClusterResponse,
  type DistributiveOmit,
  type Offset,
  type ServerId,
} from "./cluster-message.ts";
import { MessageType } from "./message-type.ts";
import { addsOffset, withOffset } from "./offsets.ts";
import type { BroadcastOptions, Room } from "./options.ts";
import { Requests, type Expected } from "./requests.ts";

/** How long answers are waited for if nobody says. */
const DEFAULT_TIMEOUT_MS = 5_000;

type Unsigned = DistributiveOmit<ClusterMessage, "nsp" | "uid">;

/** Takes the answers of clients to a broadcast. */
interface AckTaker {
  readonly onCount: (count: number) => void;
  readonly onAck: (...args: Untyped[]) => void;
}

/**
 * The base of adapters for several servers. A class that extends it sends what {@link ClusterAdapter.doPublish} and
 * {@link ClusterAdapter.doPublishResponse} are given, and hands what comes in to {@link ClusterAdapter.onMessage} and
 * {@link ClusterAdapter.onResponse}. What cannot be read is skipped, and told by the event `malformed`; what could not be sent is
 * told by `error`, if somebody listens.
 */
export abstract class ClusterAdapter extends Adapter {
  /** Names this server, in this namespace. */
  protected readonly uid: ServerId = randomBytes(8).toString("hex");
  readonly #requests = new Requests();
  readonly #ackTakers = new Map<string, AckTaker>();
  #requestCount = 0;

  protected constructor(nsp: Untyped) {
    super(nsp);
  }

  /** Sends a message to all other servers. @returns its place, if the backend keeps messages */
  protected abstract doPublish(message: ClusterMessage): Promise<Offset>;

  /** Sends a response to one server; others may get it, too. */
  protected abstract doPublishResponse(requesterUid: ServerId, response: ClusterResponse): Promise<void>;

  /** Takes a message of another server, or a response. */
  protected onMessage(message: ClusterMessage, offset?: string): void {
    if (message.uid === this.uid || message.nsp !== this.nsp.name) return;
    if (isResponse(message)) return this.onResponse(message); // classes need not tell responses from messages
    if (!isWellFormed(message)) return void this.emit("malformed", message);
    const { uid } = message;
    switch (message.type) {
      case MessageType.BROADCAST:
        return this.#onBroadcast(uid, message.data, offset);
      case MessageType.SOCKETS_JOIN:
        return super.addSockets(readOptions(message.data.opts), message.data.rooms);
      case MessageType.SOCKETS_LEAVE:
        return super.delSockets(readOptions(message.data.opts), message.data.rooms);
      case MessageType.DISCONNECT_SOCKETS:
        return super.disconnectSockets(readOptions(message.data.opts), message.data.close ?? false);
      case MessageType.FETCH_SOCKETS:
        return this.#onFetch(uid, message.data);
      case MessageType.SERVER_SIDE_EMIT:
        return this.#onServerEvent(uid, message.data);
      case MessageType.INITIAL_HEARTBEAT:
      case MessageType.HEARTBEAT:
      case MessageType.ADAPTER_CLOSE:
    }
  }

  /** Takes the response of another server. */
  protected onResponse(response: ClusterResponse): void {
    if (!isResponse(response)) return;
    if (!isWellFormed(response)) return void this.emit("malformed", response);
    const { requestId } = response.data;
    switch (response.type) {
      case MessageType.BROADCAST_CLIENT_COUNT:
        return this.#ackTakers.get(requestId)?.onCount(response.data.clientCount);
      case MessageType.BROADCAST_ACK:
        return this.#ackTakers.get(requestId)?.onAck(response.data.packet);
      case MessageType.FETCH_SOCKETS_RESPONSE:
        return this.#requests.take(requestId, response.uid, response.data.sockets);
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
        return this.#requests.take(requestId, response.uid, [response.data.packet]);
    }
  }

  /** Settles once the message is sent; sockets of this server get theirs at once unless its place has to be known. */
  override async broadcast(packet: Untyped, opts: BroadcastOptions): Promise<void> {
    if (opts.flags?.local === true) return super.broadcast(packet, opts);
    const message: Unsigned = { type: MessageType.BROADCAST, data: { packet, opts: writeOptions(opts) } };
    if (!this.#keepsPlaces) {
      const sent = this.#send(message);
      super.broadcast(packet, opts);
      await sent;
    } else super.broadcast(this.#place(packet, opts, await this.#send(message)), opts);
  }

  override broadcastWithAck(
    packet: Untyped,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (...args: Untyped[]) => void,
  ): void {
    if (opts.flags?.local !== true) {
      const requestId = this.#nextRequestId();
      this.#ackTakers.set(requestId, { onCount: clientCountCallback, onAck: ack });
      // nobody knows here which answers are still to come
      setTimeout(() => this.#ackTakers.delete(requestId), opts.flags?.timeout ?? DEFAULT_TIMEOUT_MS);
      this.publish({ type: MessageType.BROADCAST, data: { packet, requestId, opts: writeOptions(opts) } });
    }
    super.broadcastWithAck(packet, opts, clientCountCallback, ack);
  }

  override async addSockets(opts: BroadcastOptions, rooms: Room[]): Promise<void> {
    const sent = this.#sendUnlessLocal(opts, {
      type: MessageType.SOCKETS_JOIN,
      data: { opts: writeOptions(opts), rooms },
    });
    super.addSockets(opts, rooms);
    await sent;
  }

  override async delSockets(opts: BroadcastOptions, rooms: Room[]): Promise<void> {
    const sent = this.#sendUnlessLocal(opts, {
      type: MessageType.SOCKETS_LEAVE,
      data: { opts: writeOptions(opts), rooms },
    });
    super.delSockets(opts, rooms);
    await sent;
  }

  override async disconnectSockets(opts: BroadcastOptions, close: boolean): Promise<void> {
    const data = { opts: writeOptions(opts), close };
    const sent = this.#sendUnlessLocal(opts, { type: MessageType.DISCONNECT_SOCKETS, data });
    super.disconnectSockets(opts, close);
    await sent;
  }

  /** Rejects if a server does not answer in time. */
  override async fetchSockets(opts: BroadcastOptions): Promise<Untyped[]> {
    const local = await super.fetchSockets(opts);
    const expected = opts.flags?.local === true ? NOBODY : await this.expectedServers();
    if (isNobody(expected)) return local;
    const requestId = this.#nextRequestId();
    return new Promise((resolve, reject) => {
      this.#requests.open(requestId, expected, opts.flags?.timeout ?? DEFAULT_TIMEOUT_MS, {
        onAnswers: (sockets) => resolve([...local, ...sockets]),
        onTimeout: reject,
      });
      this.publish({ type: MessageType.FETCH_SOCKETS, data: { opts: writeOptions(opts), requestId } });
    });
  }

  override async serverSideEmit(packet: Untyped[]): Promise<Untyped> {
    const ack: unknown = packet.at(-1);
    if (typeof ack !== "function") return this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { packet } });
    packet.pop();
    const expected = await this.expectedServers();
    if (isNobody(expected)) return ack(null, []);
    const requestId = this.#nextRequestId();
    this.#requests.open(requestId, expected, DEFAULT_TIMEOUT_MS, {
      onAnswers: (answers) => void ack(null, answers),
      onTimeout: (error, answers) => void ack(error, answers),
    });
    this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { requestId, packet } });
  }

  /** Sends a message to all other servers; failures are told by `error`. */
  protected publish(message: Unsigned): void {
    void this.#send(message);
  }

  /** Sends a message to all other servers. @returns its place, if the backend keeps messages */
  protected async publishAndReturnOffset(message: Unsigned): Promise<Offset> {
    return this.doPublish({ ...message, uid: this.uid, nsp: this.nsp.name });
  }

  /** Sends a response to one server; failures are told by `error`. */
  protected publishResponse(requesterUid: ServerId, response: Omit<ClusterResponse, "nsp" | "uid">): void {
    const signed: Untyped = { ...response, uid: this.uid, nsp: this.nsp.name };
    const send = async (): Promise<void> => this.doPublishResponse(requesterUid, signed);
    send().catch((thrown: unknown) => this.#onFailure(thrown));
  }

  /** Who has to answer what is asked now. */
  protected async expectedServers(): Promise<Expected> {
    return { count: (await this.serverCount()) - 1 };
  }

  /** Nobody waits any longer for the answers of a server. */
  protected onServerLeft(uid: ServerId): void {
    this.#requests.onLeft(uid);
  }

  #onBroadcast(uid: ServerId, { packet, opts, requestId }: BroadcastData, offset: string | undefined): void {
    const options = readOptions(opts);
    if (requestId === undefined) return super.broadcast(this.#place(packet, options, offset), options);
    super.broadcastWithAck(
      packet,
      options,
      (clientCount) => this.#respond(uid, MessageType.BROADCAST_CLIENT_COUNT, { requestId, clientCount }),
      (answer) => this.#respond(uid, MessageType.BROADCAST_ACK, { requestId, packet: answer }),
    );
  }

  #onFetch(uid: ServerId, { opts, requestId }: FetchData): void {
    void super.fetchSockets(readOptions(opts)).then((sockets) => {
      const data = { requestId, sockets: sockets.map(describeSocket) };
      this.#respond(uid, MessageType.FETCH_SOCKETS_RESPONSE, data);
    });
  }

  #onServerEvent(uid: ServerId, { packet, requestId }: ServerEventData): void {
    if (requestId === undefined) return this.nsp._onServerSideEmit(packet);
    let state: "waiting" | "answered" = "waiting";
    this.nsp._onServerSideEmit([
      ...packet,
      (answer: unknown) => {
        if (state === "answered") return;
        state = "answered";
        this.#respond(uid, MessageType.SERVER_SIDE_EMIT_RESPONSE, { requestId, packet: answer });
      },
    ]);
  }

  #respond(uid: ServerId, type: MessageType, data: object): void {
    const response: Untyped = { type, data };
    this.publishResponse(uid, response);
  }

  get #keepsPlaces(): boolean {
    return Boolean(this.nsp.server.opts.connectionStateRecovery);
  }

  #place(packet: Untyped, opts: BroadcastOptions, offset: string | undefined): Untyped {
    const isPlaced = this.#keepsPlaces && offset !== undefined && addsOffset(packet, opts);
    return isPlaced ? withOffset(packet, offset) : packet;
  }

  #sendUnlessLocal(opts: BroadcastOptions, message: Unsigned): Promise<unknown> {
    return opts.flags?.local === true ? Promise.resolve() : this.#send(message);
  }

  /** Does not reject. */
  async #send(message: Unsigned): Promise<Offset | undefined> {
    try {
      return await this.publishAndReturnOffset(message);
    } catch (thrown) {
      this.#onFailure(thrown);
      return undefined;
    }
  }

  #onFailure(thrown: unknown): void {
    if (this.listenerCount("error") > 0) this.emit("error", thrown);
  }

  #nextRequestId(): string {
    return `${this.uid}.${(this.#requestCount++).toString(36)}`;
  }
}

type BroadcastData = Extract<ClusterMessage, { type: MessageType.BROADCAST }>["data"];
type FetchData = Extract<ClusterMessage, { type: MessageType.FETCH_SOCKETS }>["data"];
type ServerEventData = Extract<ClusterMessage, { type: MessageType.SERVER_SIDE_EMIT }>["data"];

const NOBODY: Expected = { count: 0 };

const RESPONSES: ReadonlySet<number> = new Set([
  MessageType.BROADCAST_CLIENT_COUNT,
  MessageType.BROADCAST_ACK,
  MessageType.FETCH_SOCKETS_RESPONSE,
  MessageType.SERVER_SIDE_EMIT_RESPONSE,
]);

function isResponse(message: ClusterMessage | ClusterResponse): message is ClusterResponse {
  return RESPONSES.has(message.type);
}

function isNobody(expected: Expected): boolean {
  return "count" in expected ? expected.count <= 0 : [...expected.servers].length === 0;
}

/** Session middlewares leave a store in the handshake, with whatever it holds. */
function describeSocket({ id, handshake, rooms, data }: Untyped): object {
  const { sessionStore: _, ...plainHandshake } = handshake;
  return { id, handshake: plainHandshake, rooms: [...rooms], data };
}

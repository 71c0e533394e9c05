import type {
  Adapter,
  AdapterHost,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  MissingNode,
  Selection,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { answer, isBinaryResponse, readQuery, wantsEnd, type ForeignQuery } from "./answers.ts";
import { hasBinary } from "../bus/has-binary.ts";
import type { Hub, NamespacePeer } from "./hub.ts";
import { createRequestId, isOurs } from "./node-id.ts";
import type { OpenQuery } from "./open-query.ts";
import { runQuery } from "./run-query.ts";
import { EVENT, isFields, readBroadcast, readCommand, RequestType, writeFlags, type Fields } from "./wire.ts";

/** One namespace's part of a cluster that speaks as `@socket.io/redis-adapter` 8 does. */
export class PubSubAdapter implements Adapter, NamespacePeer {
  readonly #hub: Hub;
  readonly #host: AdapterHost;
  /** Where what is for more than one room goes. */
  readonly #channel: string;
  readonly #rooms = new Set<string>();
  readonly #queries = new Map<string, OpenQuery>();
  /** The answers that are being given, and to whom. */
  readonly #answers = new Map<AbortController, unknown>();

  /** @throws `CLUSTER_CLOSED` after the last namespace of the server has left */
  constructor(hub: Hub, host: AdapterHost) {
    hub.open(host.namespace, this);
    this.#hub = hub;
    this.#host = host;
    this.#channel = hub.channels.broadcast(host.namespace);
  }

  async start(): Promise<void> {
    await this.#hub.joined(this.#host.namespace);
  }

  /** Counts the nodes; while Redis is away, this one only. */
  async serverCount(): Promise<number> {
    const [count = 0] = (await this.#hub.neighbours.count([this.#host.namespace])) ?? [];
    return 1 + count;
  }

  publish(command: ClusterCommand): void {
    if (command.kind !== "broadcast") return this.#request(writeCommand(command));
    const { namespace } = this.#host;
    const { to, data, mark } = command;
    const { rooms, except } = to;
    // what is kept for recovery has to be heard also where nobody is in the room: clients come from elsewhere
    const isForRoom = rooms.length === 1 && mark === undefined;
    const channel = isForRoom ? this.#hub.channels.broadcast(namespace, rooms[0]) : this.#channel;
    this.#hub.broadcast(channel, { namespace, data, options: { rooms, except, flags: writeFlags(command) }, mark });
  }

  query(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode> {
    const requestId = createRequestId();
    return runQuery({
      hub: this.#hub,
      namespace: this.#host.namespace,
      query,
      signal,
      open: (open) => {
        this.#queries.set(requestId, open);
        this.#hub.cluster.count("pendingQueries", 1);
      },
      send: (type) => this.#request({ requestId, ...this.#writeQuery(query, type) }),
      close: () => {
        this.#queries.delete(requestId);
        this.#hub.cluster.count("pendingQueries", -1);
      },
    });
  }

  roomChanged(room: string, change: "created" | "deleted"): void {
    if (change === "created") this.#rooms.add(String(room));
    else this.#rooms.delete(String(room));
  }

  async close(): Promise<void> {
    this.#hub.leave(this.#host.namespace, this);
    for (const query of this.#queries.values()) query.end();
    for (const controller of this.#answers.keys()) controller.abort();
    if (this.#hub.isEmpty) await this.#hub.close();
  }

  hasRoom(room: string): boolean {
    return this.#rooms.has(room);
  }

  onBroadcast(message: unknown): void {
    const broadcast = readBroadcast(message, this.#host.namespace);
    if (broadcast === undefined) return this.#hub.onMalformed(malformed("broadcast"));
    if (broadcast.uid === this.#hub.uid) return;
    this.#hub.onHeard(broadcast.uid, isNameless);
    this.#host.execute(broadcast.command);
  }

  onRequest(request: unknown): void {
    if (!isFields(request)) return this.#hub.onMalformed(malformed("request"));
    if (request["uid"] === this.#hub.uid) return;
    if (typeof request["uid"] === "string") this.#hub.onHeard(request["uid"], isNameless);
    const { requestId, type } = request;
    if (this.#hub.neighbours.onRequest(this.#host.namespace, request)) return this.#onNeighbour(request);
    if (type === RequestType.ALL_ROOMS) return this.#respond(request, { rooms: [...this.#rooms] });
    if (requestId === undefined || COMMANDS.has(type)) {
      const command = readCommand(request);
      return command === undefined ? this.#hub.onMalformed(malformed("request")) : this.#host.execute(command);
    }
    const foreign = readQuery(request, this.#host.namespace);
    if (foreign !== undefined) void this.#answer(request, foreign);
    else if (typeof type !== "number" || type < FIRST_UNKNOWN) this.#hub.onMalformed(malformed("request"));
  }

  onResponse(response: unknown): void {
    if (!isFields(response)) return this.#hub.onMalformed(malformed("response"));
    const { requestId, uid } = response;
    this.#hub.onHeard(typeof uid === "string" ? uid : undefined, isNameless);
    if (typeof requestId === "string") this.#queries.get(requestId)?.onResponse(response);
  }

  onGap(): void {
    this.#host.onGap?.();
  }

  #onNeighbour({ type, uid }: Fields): void {
    if (type !== RequestType.GOODBYE || typeof uid !== "string") return;
    for (const query of this.#queries.values()) query.onGoodbye(uid);
    for (const [controller, asker] of this.#answers) if (asker === uid) controller.abort();
  }

  async #answer(request: Fields, foreign: ForeignQuery): Promise<void> {
    const controller = new AbortController();
    this.#answers.set(controller, request["uid"]);
    this.#hub.cluster.count("pendingAnswers", 1);
    const timer = this.#hub.options.clock.schedule(() => controller.abort(), foreign.timeoutMs, true);
    try {
      await answer(this.#host, foreign, controller.signal, (response) => this.#respond(request, response));
      if (wantsEnd(request)) this.#respond(request, { type: RequestType.FINISHED });
    } catch (cause) {
      this.#hub.onMalformed(cause);
    } finally {
      timer.cancel();
      this.#answers.delete(controller);
      this.#hub.cluster.count("pendingAnswers", -1);
    }
  }

  #respond({ uid: to, requestId }: Fields, fields: Fields): void {
    const { channels, options, uid } = this.#hub;
    const { namespace } = this.#host;
    const isToOne = typeof to === "string" && (!options.answersToAll || isOurs(to));
    const channel = isToOne ? channels.responseTo(namespace, to) : channels.response(namespace);
    const response = { requestId, ...fields, uid };
    this.#hub.publish(channel, () =>
      isBinaryResponse(fields) ? options.parser.encode(response) : JSON.stringify(response),
    );
  }

  #request(fields: Fields): void {
    const request = { uid: this.#hub.uid, ...fields };
    const isBinary = fields["type"] === RequestType.BROADCAST || hasBinary(fields["data"]);
    this.#hub.publish(this.#hub.channels.request(this.#host.namespace), () =>
      isBinary ? this.#hub.options.parser.encode(request) : JSON.stringify(request),
    );
  }

  /** `type` is what to ask where it depends on who is there. */
  #writeQuery(query: ClusterQuery, type: "ours" | "common"): Fields {
    const timeout = this.#hub.options.requestsTimeoutMs;
    switch (query.kind) {
      case "fetchSockets":
        return { type: RequestType.FETCH, opts: query.to };
      case "count":
        return { type: type === "ours" ? RequestType.COUNT : RequestType.FETCH, opts: query.to };
      case "rooms":
        if (type === "common") return { type: RequestType.FETCH, opts: EVERYBODY };
        return { type: RequestType.ROOMS, opts: EVERYBODY, ...(query.withOwn === true && { own: true }) };
      case "serverEventWithAck":
        return { type: RequestType.SERVER_EVENT, data: query.data, timeout };
      case "broadcastWithAck": {
        const packet = { type: EVENT, data: query.data, nsp: this.#host.namespace };
        const { rooms, except } = query.to;
        const flags = { timeout: query.timeoutMs, ...writeFlags(query) };
        return { type: RequestType.BROADCAST, packet, opts: { rooms, except, flags } };
      }
    }
  }
}

const EVERYBODY: Selection = { rooms: [], except: [] };
const COMMANDS: ReadonlySet<unknown> = new Set([RequestType.JOIN, RequestType.LEAVE, RequestType.DISCONNECT]);
/** Types that this version does not know are those of later ones. */
const FIRST_UNKNOWN = 105;

function writeCommand(command: Exclude<ClusterCommand, { kind: "broadcast" }>): Fields {
  switch (command.kind) {
    case "join":
      return { type: RequestType.JOIN, opts: command.to, rooms: command.rooms };
    case "leave":
      return { type: RequestType.LEAVE, opts: command.to, rooms: command.rooms };
    case "disconnect":
      return { type: RequestType.DISCONNECT, opts: command.to, close: command.closeConnection };
    case "serverEvent":
      return { type: RequestType.SERVER_EVENT, data: command.data };
  }
}

function isNameless(uid: string): boolean {
  return !isOurs(uid);
}

function malformed(what: string): Error {
  return codedError("CLUSTER_MALFORMED", `a ${what} came in over Redis that cannot be understood; it was skipped`);
}

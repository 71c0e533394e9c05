import type { BusStatus, DefaultEventsMap, EventNames, EventParams, EventsMap, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { RedisClient } from "../connection/redis-client.ts";
import { Channels } from "../pubsub/channels.ts";
import { messagePack, type RedisParser } from "../pubsub/options.ts";
import { RequestType } from "../pubsub/wire.ts";
import { BroadcastOperator, EMITTER_ID, type EmitterTarget } from "./broadcast-operator.ts";
import { publisherOf } from "./publisher.ts";

/** How an emitter speaks to its cluster. */
export interface EmitterOptions {
  /** What the names of all channels begin with; the same as the adapters'. @defaultValue `"socket.io"` */
  readonly key?: string;
  /** The same as the adapters'. @defaultValue MessagePack */
  readonly parser?: Pick<RedisParser, "encode">;
  /** Hears of messages that are lost, as Redis was away for too long. @defaultValue a process warning */
  readonly onStatus?: (status: BusStatus) => void;
}

/**
 * Speaks to the sockets of a cluster from a process that is no server. Servers with the adapter of `@halyard/redis-adapter` or of
 * `@socket.io/redis-adapter` understand it. While Redis is away, up to 16 MiB of messages wait for up to 10 seconds.
 *
 * @example
 * const client = createClient({ url: "redis://localhost:6379" });
 * await client.connect();
 * const emitter = new Emitter(client);
 * emitter.to("lobby").emit("news", "from a worker");
 */
export class Emitter<EmitEvents extends EventsMap = DefaultEventsMap> {
  readonly redisClient: RedisClient;
  readonly nsp: string;
  readonly #options: EmitterOptions;
  readonly #target: EmitterTarget;

  /** @throws `INVALID_OPTION` for other clients than those of `redis` 4 to 6 and `ioredis` 5 and 6 */
  constructor(redisClient: RedisClient, options: EmitterOptions = {}, nsp = "/") {
    this.redisClient = redisClient;
    this.nsp = nsp;
    this.#options = options;
    const { key = "socket.io", parser = messagePack, onStatus } = options;
    const publisher = publisherOf(redisClient);
    if (onStatus !== undefined) publisher.listen(onStatus);
    this.#target = { publisher, channels: new Channels(key), parser, namespace: nsp };
  }

  /** Makes an emitter for another namespace. */
  of(nsp: string): Emitter<EmitEvents> {
    return new Emitter(this.redisClient, this.#options, (nsp.startsWith("/") ? "" : "/") + nsp);
  }

  /**
   * Sends an event to all sockets of the namespace.
   * @throws `RESERVED_EVENT` for names that only servers emit
   * @throws `SOCKET_ENCODE` for data that cannot be encoded
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): true {
    return this.#all().emit(event, ...args);
  }

  /** Means the members of rooms. */
  to(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.#all().to(room);
  }

  /** The same as {@link to}. */
  in(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.#all().in(room);
  }

  /** Means all but the members of rooms. */
  except(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.#all().except(room);
  }

  /** Lets events be lost to clients that are not ready to take them. */
  get volatile(): BroadcastOperator<EmitEvents> {
    return this.#all().volatile;
  }

  /** Says whether events are compressed, where connections can do so. */
  compress(compress: boolean): BroadcastOperator<EmitEvents> {
    return this.#all().compress(compress);
  }

  /** Makes all sockets join rooms. */
  socketsJoin(rooms: string | string[]): void {
    this.#all().socketsJoin(rooms);
  }

  /** Makes all sockets leave rooms. */
  socketsLeave(rooms: string | string[]): void {
    this.#all().socketsLeave(rooms);
  }

  /** Disconnects all sockets from the namespace, or `close`s their connections. */
  disconnectSockets(close = false): void {
    this.#all().disconnectSockets(close);
  }

  /**
   * Sends an event to the servers.
   * @throws `ACKS_UNSUPPORTED` for a callback as last argument: an emitter hears no answers
   */
  serverSideEmit(event: string, ...args: Untyped[]): void {
    if (typeof args.at(-1) === "function") throw codedError("ACKS_UNSUPPORTED", "Acknowledgements are not supported");
    const request = JSON.stringify({ uid: EMITTER_ID, type: RequestType.SERVER_EVENT, data: [event, ...args] });
    this.#target.publisher.publish(this.#target.channels.request(this.nsp), request);
  }

  #all(): BroadcastOperator<EmitEvents> {
    return new BroadcastOperator(this.#target);
  }
}

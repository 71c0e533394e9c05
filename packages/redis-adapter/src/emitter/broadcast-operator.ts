import type { DefaultEventsMap, EventNames, EventParams, EventsMap } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { Channels } from "../pubsub/channels.ts";
import type { RedisParser } from "../pubsub/options.ts";
import { EVENT, RequestType, writeFlags } from "../pubsub/wire.ts";
import type { Publisher } from "./publisher.ts";
import { RESERVED_EVENTS } from "./reserved-events.ts";

/** What the receivers of an emitter's messages take it for. */
export const EMITTER_ID = "emitter";

/** Where the messages for one namespace go, and in which form. */
export interface EmitterTarget {
  readonly publisher: Publisher;
  readonly channels: Channels;
  readonly parser: Pick<RedisParser, "encode">;
  readonly namespace: string;
}

interface Audience {
  readonly rooms: ReadonlySet<string>;
  readonly except: ReadonlySet<string>;
  readonly volatile?: boolean;
  readonly compress?: boolean;
}

/** A choice of sockets of all servers, and of how events go to them. Each method that narrows it returns another operator. */
export class BroadcastOperator<EmitEvents extends EventsMap = DefaultEventsMap> {
  readonly #target: EmitterTarget;
  readonly #audience: Audience;

  /** Made by an `Emitter`. */
  constructor(target: EmitterTarget, audience: Audience = { rooms: new Set(), except: new Set() }) {
    this.#target = target;
    this.#audience = audience;
  }

  /** Adds rooms whose members are meant. */
  to(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.#with({ rooms: withRooms(this.#audience.rooms, room) });
  }

  /** The same as {@link to}. */
  in(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.to(room);
  }

  /** Adds rooms whose members are not meant. */
  except(room: string | string[]): BroadcastOperator<EmitEvents> {
    return this.#with({ except: withRooms(this.#audience.except, room) });
  }

  /** Lets events be lost to clients that are not ready to take them. */
  get volatile(): BroadcastOperator<EmitEvents> {
    return this.#with({ volatile: true });
  }

  /** Says whether events are compressed, where connections can do so. */
  compress(compress: boolean): BroadcastOperator<EmitEvents> {
    return this.#with({ compress });
  }

  /**
   * Sends an event to the sockets that are meant.
   * @throws `RESERVED_EVENT` for names that only servers emit
   * @throws `SOCKET_ENCODE` for data that cannot be encoded
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): true {
    if (RESERVED_EVENTS.has(event)) throw codedError("RESERVED_EVENT", `"${String(event)}" is a reserved event name`);
    const { publisher, channels, parser, namespace } = this.#target;
    const [room, ...others] = this.#audience.rooms;
    const options = { ...this.#selection(), flags: writeFlags(this.#audience) };
    const message = [EMITTER_ID, { type: EVENT, data: [event, ...args], nsp: namespace }, options];
    publisher.publish(channels.broadcast(namespace, others.length === 0 ? room : undefined), parser.encode(message));
    return true;
  }

  /** Makes the sockets join rooms. */
  socketsJoin(rooms: string | string[]): void {
    this.#request({ type: RequestType.JOIN, opts: this.#selection(), rooms: [rooms].flat() });
  }

  /** Makes the sockets leave rooms. */
  socketsLeave(rooms: string | string[]): void {
    this.#request({ type: RequestType.LEAVE, opts: this.#selection(), rooms: [rooms].flat() });
  }

  /** Disconnects the sockets from the namespace, or `close`s their connections. */
  disconnectSockets(close = false): void {
    this.#request({ type: RequestType.DISCONNECT, opts: this.#selection(), close });
  }

  #selection(): { rooms: string[]; except: string[] } {
    return { rooms: [...this.#audience.rooms], except: [...this.#audience.except] };
  }

  #request(request: object): void {
    const { publisher, channels, namespace } = this.#target;
    publisher.publish(channels.request(namespace), JSON.stringify(request));
  }

  #with(change: Partial<Audience>): BroadcastOperator<EmitEvents> {
    return new BroadcastOperator(this.#target, { ...this.#audience, ...change });
  }
}

function withRooms(rooms: ReadonlySet<string>, added: string | string[]): ReadonlySet<string> {
  return new Set([...rooms, ...[added].flat()]);
}

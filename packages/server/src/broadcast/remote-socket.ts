import type {
  AllButLast,
  DecorateAcknowledgements,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
} from "@halyard/contracts";
import type { Handshake } from "../handshake.ts";

/** A socket of this or another server of the cluster, as `fetchSockets()` finds it. */
export interface RemoteSocket<EmitEvents extends EventsMap, SocketData> {
  readonly id: string;
  readonly handshake: Handshake;
  /** The rooms that it was in when it was fetched. */
  readonly rooms: Set<string>;
  readonly data: SocketData;
  /** Sends an event; an acknowledgement brings that one client's answer. */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): boolean;
  /** Sends an event, and settles with the client's answer. */
  emitWithAck<Event extends EventNamesWithAck<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>>;
  /** Gives the next acknowledgement so many milliseconds. */
  timeout(
    timeout: number,
  ): Pick<RemoteSocket<DecorateAcknowledgements<EmitEvents>, SocketData>, "emit" | "emitWithAck">;
  /** Puts the socket into rooms. */
  join(room: string | string[]): void;
  /** Takes the socket out of a room. */
  leave(room: string): void;
  /** Disconnects the socket; with `true` its whole connection. */
  disconnect(close?: boolean): unknown;
}

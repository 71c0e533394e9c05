import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Selection,
} from "@halyard/contracts";
import type { ServerEventEmitter } from "../server-events.ts";
import { BroadcastOperator } from "./broadcast-operator.ts";
import type { BroadcastTarget } from "./broadcast-target.ts";

/**
 * A whole namespace, with so many milliseconds for answers: of clients to broadcasts, and of the other servers to events
 * between servers.
 *
 * @example
 * const counts = await io.timeout(1_000).serverSideEmitWithAck("count");
 */
export class TimedBroadcast<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends BroadcastOperator<
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses<EmitEvents>,
  SocketData,
  EmitEvents
> {
  readonly #serverEvents: ServerEventEmitter;
  readonly #timeout: number;

  /** @internal Made by the `timeout()` of servers and namespaces. */
  constructor(target: BroadcastTarget, serverEvents: ServerEventEmitter, timeout: number) {
    super(target, EVERYONE, { timeout });
    this.#serverEvents = serverEvents;
    this.#timeout = timeout;
  }

  /**
   * Sends an event to the other servers of the cluster. A function as the last argument takes an error or null and one answer
   * per server, at the latest after the timeout.
   * @throws `RESERVED_EVENT`
   */
  serverSideEmit<Event extends EventNames<ServerSideEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Event>
  ): boolean {
    this.#serverEvents.emit([event, ...args], this.#timeout);
    return true;
  }

  /** Sends an event to the other servers of the cluster and waits for their answers, no longer than the timeout. */
  serverSideEmitWithAck<Event extends EventNamesWithAck<ServerSideEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<ServerSideEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Event>>>[]> {
    return this.#serverEvents.request([event, ...args], this.#timeout);
  }
}

const EVERYONE: Selection = { rooms: [], except: [] };

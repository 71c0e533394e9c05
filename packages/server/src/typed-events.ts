import { EventEmitter } from "node:events";
import type { EventNames, EventsMap, Untyped } from "@halyard/contracts";

/** Names that are either reserved by this library or typed by the application. */
export type ReservedOrUserEventNames<ReservedEvents extends EventsMap, UserEvents extends EventsMap> =
  | EventNames<ReservedEvents>
  | EventNames<UserEvents>;

/** The listener of one event; the reserved one if there is one, anything if the event is not typed. */
export type ReservedOrUserListener<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
  Event extends ReservedOrUserEventNames<ReservedEvents, UserEvents>,
> = OrUntyped<
  Event extends EventNames<ReservedEvents>
    ? ReservedEvents[Event]
    : Event extends EventNames<UserEvents>
      ? UserEvents[Event]
      : never
>;

type OrUntyped<Listener> = [Listener] extends [never] ? (...args: Untyped[]) => void | Promise<void> : Listener;

/** Node's emitter with typed listeners. A listener that rejects is reported like one that throws. */
export abstract class TypedEmitter<
  ListenEvents extends EventsMap,
  ReservedEvents extends EventsMap,
> extends EventEmitter {
  constructor() {
    super({ captureRejections: true });
  }

  /** Calls the listener for every event of that name. */
  override on<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Event>,
  ): this {
    return super.on(event, listener);
  }

  /** Calls the listener for the next event of that name only. */
  override once<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Event>,
  ): this {
    return super.once(event, listener);
  }

  /** The listeners of one event, in the order they will be called. */
  override listeners<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Event>[] {
    const listeners: Untyped[] = super.listeners(event);
    return listeners;
  }
}

/**
 * Sets where the rejections of asynchronous listeners go, for all objects of a class (Node's `captureRejections`). Without it
 * they would be thrown as errors of the emitter itself.
 */
export function handleRejections<Target extends EventEmitter>(
  prototype: Target,
  handle: (self: Target, error: Error, event: string | symbol) => void,
): void {
  Object.defineProperty(prototype, EventEmitter.captureRejectionSymbol, {
    value(this: Target, error: Error, event: string | symbol) {
      handle(this, error, event);
    },
  });
}

/** Calls an object's own listeners, past the `emit` that sends to the other side. */
export function emitLocally(emitter: EventEmitter, data: Untyped): boolean {
  return EventEmitter.prototype.emit.apply(emitter, data);
}

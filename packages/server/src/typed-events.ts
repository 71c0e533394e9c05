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

type AnyFunction = (...args: Untyped[]) => void;

/**
 * Node's emitter before its constructor has run: a function constructor with `EventEmitter.prototype` in its chain, as
 * `util.inherits()` makes it. All of the emitter's methods work on such an object.
 */
const UnpreparedEmitter: typeof EventEmitter = inheritWithoutConstructor(function UnpreparedEmitter() {});

function inheritWithoutConstructor(base: Untyped): Untyped {
  Object.setPrototypeOf(base, EventEmitter);
  Object.setPrototypeOf(base.prototype, EventEmitter.prototype);
  return base;
}

/** Runs the emitter's constructor on an object that is there already, as `EventEmitter.call(this)` does. */
function prepareEmitter(emitter: EventEmitter): void {
  const construct: Untyped = EventEmitter;
  Reflect.apply(construct, emitter, [{ captureRejections: true }]);
}

/**
 * Node's emitter with typed listeners. A listener that rejects is reported like one that throws. Its table of listeners is made
 * with the first of them: a socket that the application only sends to has none.
 */
export abstract class TypedEmitter<
  ListenEvents extends EventsMap,
  ReservedEvents extends EventsMap,
> extends UnpreparedEmitter {
  #isPrepared = false;

  /** Calls the listener for every event of that name. */
  override on<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Event>,
  ): this {
    this.#prepare();
    return super.on(event, listener);
  }

  /** Calls the listener for the next event of that name only. */
  override once<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Event>,
  ): this {
    this.#prepare();
    return super.once(event, listener);
  }

  override addListener(event: string | symbol, listener: AnyFunction): this {
    this.#prepare();
    return super.addListener(event, listener);
  }

  override prependListener(event: string | symbol, listener: AnyFunction): this {
    this.#prepare();
    return super.prependListener(event, listener);
  }

  override prependOnceListener(event: string | symbol, listener: AnyFunction): this {
    this.#prepare();
    return super.prependOnceListener(event, listener);
  }

  /** The listeners of one event, in the order they will be called. */
  override listeners<Event extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Event,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Event>[] {
    const listeners: Untyped[] = super.listeners(event);
    return listeners;
  }

  #prepare(): void {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    prepareEmitter(this);
  }
}

/**
 * Sets where the rejections of asynchronous listeners go, for all objects of a class (Node's `captureRejections`). Without it
 * they would be thrown as errors of the emitter itself.
 */
export function handleRejections<Target extends EventEmitter>(
  prototype: Target,
  handle: (self: Target, error: Error, event: string | symbol, args: readonly unknown[]) => void,
): void {
  Object.defineProperty(prototype, EventEmitter.captureRejectionSymbol, {
    value(this: Target, error: Error, event: string | symbol, ...args: unknown[]) {
      handle(this, error, event, args);
    },
  });
}

/** Calls an object's own listeners, past the `emit` that sends to the other side. */
export function emitLocally(emitter: EventEmitter, data: Untyped): boolean {
  return EventEmitter.prototype.emit.apply(emitter, data);
}

import type { EventNames, EventsMap } from "@halyard/contracts";
import { Socket } from "./socket.ts";
import type { SocketEvents } from "./typed-events.ts";

/**
 * A socket that tells of listeners which pile up: those added by a listener of `connect` are added again with every
 * connection, and each is called for every event.
 */
export class DebugSocket<ListenEvents extends EventsMap, EmitEvents extends EventsMap> extends Socket<
  ListenEvents,
  EmitEvents
> {
  readonly #warned = new Set<PropertyKey>();
  #isInConnect = false;

  override on<Event extends EventNames<SocketEvents<ListenEvents>>>(
    event: Event,
    listener: SocketEvents<ListenEvents>[Event],
  ): this {
    this.#look(event, listener);
    return super.on(event, listener);
  }

  override once<Event extends EventNames<SocketEvents<ListenEvents>>>(
    event: Event,
    listener: SocketEvents<ListenEvents>[Event],
  ): this {
    this.#look(event, listener);
    return super.once(event, listener);
  }

  /** @internal */
  protected override fire(event: PropertyKey, ...args: readonly unknown[]): void {
    this.#isInConnect = event === "connect";
    super.fire(event, ...args);
    this.#isInConnect = false;
  }

  #look<Event extends EventNames<SocketEvents<ListenEvents>>>(event: Event, listener: unknown): void {
    const isRepeated = (): boolean => this.listeners(event).some((other) => String(other) === String(listener));
    if (!this.#isInConnect || this.#warned.has(event) || !isRepeated()) return;
    this.#warned.add(event);
    const { console } = globalThis;
    console.warn(`"${String(event)}" gets one more of the same listener with every "connect": add it outside of that`);
  }
}

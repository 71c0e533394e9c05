import type {
  AllButLast,
  DecorateAcknowledgements,
  EventData,
  EventNames,
  EventParams,
  EventsMap,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { RESERVED_EVENTS } from "@halyard/socket.io-parser";
import type { Ack } from "./acks.ts";
import { CatchAllAnnouncer } from "./catch-all.ts";
import type { Socket } from "./socket.ts";
import type { Answer, SocketEvents } from "./typed-events.ts";

/** How an event is sent. */
export interface Modifiers {
  readonly compress: boolean;
  readonly volatile: boolean;
  /** Of the acknowledgement, in milliseconds. */
  readonly timeout: number | undefined;
  /** Until it is sent, in milliseconds. */
  readonly ttl?: number;
  readonly signal?: AbortSignal;
}

const DEFAULTS: Modifiers = { compress: true, volatile: false, timeout: undefined };

/** The emitting half of a {@link Socket}: what applications call, before it is known where events go. */
export abstract class EmittingSocket<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
> extends CatchAllAnnouncer<SocketEvents<ListenEvents>> {
  readonly #defaults: Modifiers;
  /** Of the next emit. */
  #modifiers: Modifiers;

  /** @internal */
  constructor(timeout: number | undefined) {
    super();
    this.#defaults = this.#modifiers = timeout === undefined ? DEFAULTS : { ...DEFAULTS, timeout };
  }

  /** Emits an event named `message`. */
  send(...args: unknown[]): this {
    return this.#emit(["message", ...args], false);
  }

  /**
   * Sends an event; a function as last argument is called with the server's acknowledgement.
   * @throws `RESERVED_EVENT` for names such as `connect`; `INVALID_EVENT` for what is no name; `SOCKET_ENCODE` for data that cannot be encoded.
   *
   * @example
   * socket.emit("greet", "world", (reply) => console.log(reply));
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): this;
  emit(...data: unknown[]): this {
    return this.#emit(data, false);
  }

  /**
   * Sends an event and waits for its acknowledgement. Rejects with `ACK_TIMEOUT` after a `timeout()`, and with
   * `ACK_DISCONNECTED` when the connection is lost.
   *
   * @example
   * const reply = await socket.timeout(5_000).emitWithAck("greet", "world");
   */
  emitWithAck<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<Answer<EmitEvents, Event>> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, answer: Answer<EmitEvents, Event>): void => {
        if (error) reject(error);
        else resolve(answer);
      };
      this.#emit([event, ...args, settle], true);
    });
  }

  /** Whether the next event is compressed, where the transport compresses. */
  compress(compress: boolean): this {
    return this.#modify({ compress });
  }

  /** The next event is dropped unless it can leave at once. */
  get volatile(): this {
    return this.#modify({ volatile: true });
  }

  /** The acknowledgement of the next event gets an error first if it takes longer than this many milliseconds. */
  timeout(delayMs: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>>;
  timeout(timeout: number): unknown {
    return this.#modify({ timeout });
  }

  /** The next event is not sent any more after this many milliseconds; its acknowledgement then gets `EVENT_EXPIRED`. */
  ttl(ttl: number): this {
    return this.#modify({ ttl });
  }

  /**
   * The next event is not sent any more once the signal is aborted, and its acknowledgement not waited for: it gets
   * `EVENT_ABORTED`.
   *
   * @example
   * const reply = await socket.signal(AbortSignal.timeout(5_000)).emitWithAck("search", "text");
   */
  signal(signal: AbortSignal): this {
    return this.#modify({ signal });
  }

  /** @internal Sends an event, keeps it or drops it; called once per emit. */
  protected abstract dispatch(data: EventData, ack: Ack | undefined, modifiers: Modifiers): void;

  #emit(data: unknown[], withError: boolean): this {
    const modifiers = this.#modifiers;
    this.#modifiers = this.#defaults;
    if (!isEvent(data)) throw codedError("INVALID_EVENT");
    if (RESERVED_EVENTS.has(String(data[0])))
      throw codedError("RESERVED_EVENT", `"${data[0]}" is a reserved event name`);
    const callback = data.at(-1);
    const ack = isFunction(callback)
      ? { callback, withError: withError || modifiers.timeout !== undefined }
      : undefined;
    if (ack) data.pop();
    this.dispatch(data, ack, modifiers);
    return this;
  }

  #modify(modifiers: Partial<Modifiers>): this {
    this.#modifiers = { ...this.#modifiers, ...modifiers };
    return this;
  }
}

function isEvent(data: unknown[]): data is [event: string | number, ...args: unknown[]] {
  return typeof data[0] === "string" || typeof data[0] === "number";
}

function isFunction(value: unknown): value is Ack["callback"] {
  return typeof value === "function";
}

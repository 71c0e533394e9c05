import type { EventsMap, SocketPacket, Untyped } from "@halyard/contracts";
import type { AckCallback } from "./acks/callback-ack.ts";
import { incomingCatchAll } from "./catch-all-emitter.ts";
import { ClientEmitter } from "./client-emitter.ts";
import { publishIgnore } from "./diagnostics.ts";
import { failEvent, type RetryRecord } from "./delivery/retry-record.ts";
import { runMiddlewares, type Middleware } from "./middleware.ts";
import type { Event } from "./socket-events.ts";
import { emitLocally, handleRejections } from "./typed-events.ts";

type AnyReceiver = EventReceiver<Untyped, Untyped, Untyped, Untyped>;
type EventPacket = Extract<SocketPacket, { readonly type: "event" }>;

/** The receiving half of a socket: events pass its middlewares, reach its listeners, and are acknowledged once. */
export abstract class EventReceiver<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap,
  SocketData,
> extends ClientEmitter<ListenEvents, EmitEvents, ReservedEvents, SocketData> {
  readonly #record: RetryRecord | undefined;
  #owedAcks = 0;
  #middlewares: readonly Middleware<Event>[] | undefined;

  /** @internal */
  constructor(auth: Record<string, unknown> | undefined, data: unknown, record: RetryRecord | undefined) {
    super(auth, data);
    this.#record = record;
  }

  /** @internal Whether listeners hear what comes from the client. */
  protected abstract get hearsEvents(): boolean;

  /** @internal Sends an acknowledgement to the client. */
  protected abstract sendAck(id: number, data: readonly unknown[]): void;

  /** Adds a step that every packet from the client passes before its listeners hear of it. */
  use(middleware: (event: Event, next: (error?: Error) => void) => void): this {
    this.#middlewares = [...(this.#middlewares ?? []), middleware];
    return this;
  }

  static {
    handleRejections<AnyReceiver>(this.prototype, (receiver, error, event, args) => {
      failEvent(args.at(-1));
      receiver.report(error, event);
    });
  }

  /** @internal What is known of the events of a client that may send them again. */
  protected get retryRecord(): RetryRecord | undefined {
    return this.#record;
  }

  /** @internal Whether the client waits for an acknowledgement. */
  protected get owesAcks(): boolean {
    return this.#owedAcks > 0;
  }

  /** @internal An event has come from the client. */
  protected receiveEvent(packet: EventPacket): void {
    const { id } = packet;
    if (id !== undefined && this.#record?.isRepeated(id)) {
      this.home.host.counters.repeatedEvents++;
      publishIgnore(this.conn.id, this.home.name, "repeated event");
      return;
    }
    const event: Untyped = packet.data; // of this packet alone, so that the acknowledgement may join it
    if (id !== undefined) event.push(this.#acknowledger(id));
    incomingCatchAll(this)?.notify(this, event, (thrown) => this.report(thrown, event[0]));
    if (this.#middlewares === undefined) this.#dispatch(event);
    else this.#runMiddlewares(this.#middlewares, event);
  }

  /** @internal Tells the application of a fault of the peer, if it listens. */
  protected tellFault(error: Error): void {
    if (this.listenerCount("error") > 0) this.tellListeners("error", error);
  }

  /** @internal Tells the application what has become of the socket. */
  protected tellListeners(event: string, ...args: readonly unknown[]): void {
    try {
      emitLocally(this, [event, ...args]);
    } catch (thrown) {
      this.report(thrown, event);
    }
  }

  #runMiddlewares(middlewares: readonly Middleware<Event>[], data: readonly Untyped[]): void {
    const event: Untyped = [...data];
    runMiddlewares<Event>(middlewares, event, (outcome) => {
      if (outcome.name === "accepted") return this.#dispatch(event);
      if (this.#record !== undefined) failEvent(event.at(-1));
      if (outcome.name === "refused") this.tellFault(outcome.error);
      else this.report(outcome.thrown, event[0]);
    });
  }

  #dispatch(data: Untyped): void {
    if (!this.#call(data) && this.#record !== undefined) failEvent(data.at(-1));
  }

  /** Calls the listeners; returns false if nobody has heard, or one has thrown. */
  #call(data: Untyped): boolean {
    if (!this.hearsEvents) return false;
    if (data[0] === "error" && this.listenerCount("error") === 0) return false; // an emitter would throw
    try {
      return emitLocally(this, data) || incomingCatchAll(this)?.isEmpty === false;
    } catch (thrown) {
      this.report(thrown, data[0]);
      return false;
    }
  }

  #acknowledger(id: number): AckCallback {
    const record = this.#record;
    if (record !== undefined) return this.#recordingAcknowledger(record, id);
    let sent = false;
    this.#owedAcks++;
    return (...data) => {
      if (sent || this.isMute) return;
      this.sendAck(id, data);
      sent = true;
      this.#owedAcks--;
    };
  }

  /** Its answer is kept, and goes to the client wherever it is by then. */
  #recordingAcknowledger(record: RetryRecord, id: number): AckCallback {
    const { name: namespace, host } = this.home;
    let sent = false;
    this.#owedAcks++;
    const acknowledge: AckCallback = (...data) => {
      if (sent) return;
      record.answer(id, host.parser.encode({ type: "ack", namespace, data, id }));
      sent = true;
      this.#owedAcks--;
    };
    record.begin(id, acknowledge);
    return acknowledge;
  }
}

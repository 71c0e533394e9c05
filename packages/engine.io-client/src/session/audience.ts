import type { ClientEngineSocketHandler, EngineMessage, EnginePacket, EventParams } from "@halyard/contracts";
import { throwLater, type Emitter } from "@halyard/core";
import type { RawData, SocketEvents } from "../events.ts";
import type { BinaryType } from "../options.ts";

/** What is kept for a consumer that has not come yet. */
const EARLY_LIMIT_BYTES = 1024 * 1024;

/**
 * Everybody who hears of a session: the one bound consumer, and those who listen to events. What they throw surfaces as
 * any uncaught error does, after the session has finished what it was doing.
 */
export class Audience {
  binaryType: BinaryType;
  /** Whether anybody listens to events; while nobody does, none is prepared. */
  observed = false;
  #consumer: ClientEngineSocketHandler | undefined;
  /** Messages that came before the consumer. */
  #early: EngineMessage[] | undefined;
  #earlyBytes = 0;
  readonly #emitter: Emitter<SocketEvents>;

  constructor(emitter: Emitter<SocketEvents>, binaryType: BinaryType) {
    this.#emitter = emitter;
    this.binaryType = binaryType;
  }

  /** Sets the consumer and hands it the messages that came before it. */
  bind(consumer: ClientEngineSocketHandler): void {
    this.#consumer = consumer;
    this.#early?.forEach((message) => this.message(message));
    this.#early = undefined;
  }

  /** Delivers one message to the consumer; false when nobody has come for more messages than can be kept. */
  message(message: EngineMessage): boolean {
    const consumer = this.#consumer;
    if (!consumer) return this.#keep(message);
    try {
      consumer.onMessage(message);
    } catch (error) {
      throwLater(error);
    }
    return true;
  }

  /** Tells the consumer something other than a message, then the listeners. */
  notify<Event extends keyof SocketEvents>(
    event: Event,
    tell: (consumer: ClientEngineSocketHandler) => void,
    ...args: EventParams<SocketEvents, Event>
  ): void {
    const consumer = this.#consumer;
    if (consumer) this.run(() => tell(consumer));
    this.emit(event, ...args);
  }

  emit<Event extends keyof SocketEvents>(event: Event, ...args: EventParams<SocketEvents, Event>): void {
    if (this.observed) this.run(() => this.#emitter.emit(event, ...args));
  }

  /** Calls something of the application's. */
  run(action: () => void): void {
    try {
      action();
    } catch (error) {
      throwLater(error);
    }
  }

  /** Emits the events of one packet that has come in. */
  emitReceived(packet: EnginePacket): void {
    const data = packet.type === "message" ? inForm(packet.data, this.binaryType) : undefined;
    this.emit("packet", data === undefined ? packet : { type: packet.type, data });
    this.emit("heartbeat");
    if (data === undefined) return;
    this.emit("data", data);
    this.emit("message", data);
  }

  #keep(message: EngineMessage): boolean {
    // who listens to events has come, and may do without a consumer
    if (this.observed) return true;
    (this.#early ??= []).push(message);
    this.#earlyBytes += message.length;
    return this.#earlyBytes <= EARLY_LIMIT_BYTES;
  }
}

function inForm(message: EngineMessage, form: BinaryType): RawData {
  if (typeof message === "string" || form === "nodebuffer") return message;
  const bytes = message.slice();
  return form === "blob" ? new Blob([bytes]) : bytes.buffer;
}

import type { ClientEngineSocketHandler, EngineMessage, EnginePacket, EventParams } from "@halyard/contracts";
import { codedError, type Emitter } from "@halyard/core";
import type { PacketInfo, RawData, SocketEvents } from "../events.ts";
import type { BinaryType } from "../options.ts";

/** What is kept for a consumer that has not come yet. */
const EARLY_LIMIT_BYTES = 1024 * 1024;

/**
 * Everybody who hears of a session: the one bound consumer, and those who listen to events. What they throw is reported
 * as uncaught, once the session has finished what it was doing.
 */
export class Audience {
  binaryType: BinaryType;
  /** Whether anybody listens to events; while nobody does, those of single packets are not even prepared. */
  observed = false;
  #handler: ClientEngineSocketHandler | undefined;
  #early: EngineMessage[] = [];
  #earlyBytes = 0;
  readonly #emitter: Emitter<SocketEvents>;

  constructor(emitter: Emitter<SocketEvents>, binaryType: BinaryType) {
    this.#emitter = emitter;
    this.binaryType = binaryType;
  }

  /** Sets the consumer and gives it the messages that came before it. */
  bind(handler: ClientEngineSocketHandler): void {
    this.#handler = handler;
    for (const message of this.#early.splice(0)) this.message(message);
  }

  /**
   * Delivers one message to the consumer.
   * @throws `ENGINE_NO_CONSUMER` when nobody has come for what came before.
   */
  message(message: EngineMessage): void {
    const handler = this.#handler;
    if (handler === undefined) return this.#keep(message);
    try {
      handler.onMessage(message);
    } catch (error) {
      report(error);
    }
  }

  /** Tells the consumer something other than a message. */
  tell(action: (handler: ClientEngineSocketHandler) => void): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    try {
      action(handler);
    } catch (error) {
      report(error);
    }
  }

  emit<Event extends keyof SocketEvents>(event: Event, ...args: EventParams<SocketEvents, Event>): void {
    try {
      this.#emitter.emit(event, ...args);
    } catch (error) {
      report(error);
    }
  }

  /** Emits the events of one packet that has come in. */
  emitReceived(packet: EnginePacket): void {
    const shown = this.#present(packet);
    this.emit("packet", shown);
    this.emit("heartbeat");
    if (packet.type !== "message" || shown.data === undefined) return;
    this.emit("data", shown.data);
    this.emit("message", shown.data);
  }

  #present(packet: EnginePacket): PacketInfo {
    if (packet.type !== "message" || typeof packet.data === "string") return packet;
    return { type: "message", data: inForm(packet.data, this.binaryType) };
  }

  #keep(message: EngineMessage): void {
    // who listens to events but is not bound does not want it
    if (this.observed) return;
    this.#earlyBytes += message.length;
    if (this.#earlyBytes > EARLY_LIMIT_BYTES) throw codedError("ENGINE_NO_CONSUMER", "call bind() or listen to events");
    this.#early.push(message);
  }
}

function inForm(bytes: Uint8Array, form: BinaryType): RawData {
  if (form === "nodebuffer") return bytes;
  const { buffer, byteLength, byteOffset } = bytes;
  const copy = new Uint8Array(bytes);
  if (form === "blob") return new Blob([copy]);
  return buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength ? buffer : copy.buffer;
}

/** Lets an error surface as any uncaught one does, without unwinding the transport it would be thrown through. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

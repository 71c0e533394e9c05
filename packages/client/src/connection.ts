import type {
  ClientEngineSocket,
  ClientEngineSocketHandler,
  Decoder,
  DecoderLimits,
  EngineMessage,
  Parser,
  SocketPacket,
} from "@halyard/contracts";
import { useArrayBuffers } from "./array-buffers.ts";

/** Who opened a connection. */
export interface ConnectionOwner {
  onOpen(connection: Connection): void;
  onPacket(packet: SocketPacket): void;
  onClose(reason: string, cause: unknown): void;
  fire(event: "ping"): void;
}

/** What a connection needs from the engine. */
export interface ConnectionEngine extends ClientEngineSocket {
  /** The form in which applications get bytes: `nodebuffer` as they come, else as `ArrayBuffer`. */
  readonly binaryType: string;
}

/**
 * One engine connection from its first attempt to its end: the short way between engine messages and namespaces. After
 * {@link close} it neither sends nor calls back.
 */
export class Connection implements ClientEngineSocketHandler {
  readonly #engine: ConnectionEngine;
  readonly #parser: Parser;
  readonly #decoder: Decoder;
  readonly #owner: ConnectionOwner;
  #closed = false;

  constructor(engine: ConnectionEngine, parser: Parser, limits: DecoderLimits, owner: ConnectionOwner) {
    this.#engine = engine;
    this.#parser = parser;
    this.#decoder = parser.createDecoder(limits);
    this.#owner = owner;
    engine.bind(this);
  }

  /** Whether a volatile event would leave now. */
  get writable(): boolean {
    return this.#engine.writable;
  }

  /** Whether what is sent now may be lost, because the connection is dead and about to be closed. */
  get dead(): boolean {
    return this.#closed || this.#engine.hasPingExpired();
  }

  /** @throws `SOCKET_ENCODE` for data that cannot be encoded. */
  send(packet: SocketPacket, compress: boolean): void {
    if (this.#closed) return;
    const messages = this.#parser.encode(packet);
    for (const message of messages) this.#engine.transmit(message, compress);
  }

  /** Ends it; with `discard`, what is queued is dropped. */
  close(discard: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder.reset();
    this.#engine.close(discard);
  }

  onOpen(): void {
    if (!this.#closed) this.#owner.onOpen(this);
  }

  onPing(): void {
    if (!this.#closed) this.#owner.fire("ping");
  }

  onMessage(message: EngineMessage): void {
    if (this.#closed) return;
    const packet = this.#decode(message);
    if (packet) this.#owner.onPacket(packet);
  }

  onClose(reason: string, cause?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.onClose(reason, cause);
  }

  #decode(message: EngineMessage): SocketPacket | undefined {
    try {
      const packet = this.#decoder.write(message);
      // whatever the parser, bytes arrive in binary messages only
      if (typeof message !== "string" && packet && this.#engine.binaryType !== "nodebuffer") useArrayBuffers(packet);
      return packet;
    } catch (error) {
      this.close(true);
      this.#owner.onClose("parse error", error);
      return undefined;
    }
  }
}

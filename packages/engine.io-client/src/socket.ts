import type {
  ClientEngineSocket,
  ClientEngineSocketHandler,
  EngineMessage,
  EngineReadyState,
  EventNames,
  TransportName,
} from "@halyard/contracts";
import { Emitter } from "@halyard/core";
import type { PacketInfo, SocketEvents } from "./events.ts";
import { resolveOptions, type BinaryType, type Platform, type SocketOptions } from "./options.ts";
import type { ClientTransport } from "./transports/transport.ts";
import { Audience } from "./session/audience.ts";
import { toMessage, type SendData } from "./session/outgoing-data.ts";
import { Session } from "./session/session.ts";

/** Options of a single message. */
export interface SendOptions {
  /** Whether it may be compressed, where compression was negotiated. @defaultValue true */
  compress?: boolean;
}

/** Before a transport has been found. */
const NO_TRANSPORT = { name: "" } as const;

/**
 * A session with an Engine.IO server, over whichever transport works best. Each entry file derives its `Socket` from it.
 * It can be listened to, as in Engine.IO, or bound to one consumer, which is faster.
 */
export class EngineSocket extends Emitter<SocketEvents> implements ClientEngineSocket {
  /** Engine.IO protocol revision. */
  static readonly protocol = 4;

  readonly #audience: Audience;
  readonly #session: Session;
  /** Set while the bytes of a Blob are awaited: what is sent meanwhile must wait behind it. */
  #blobs: Promise<void> | undefined;

  constructor(platform: Platform, uri?: string | SocketOptions | null, options: SocketOptions = {}) {
    super();
    const [address, given] = typeof uri === "string" ? [uri, options] : ["", uri ?? options];
    this.#audience = new Audience(this, platform.binaryType);
    this.#session = new Session(resolveOptions(address, given, platform), this.#audience);
  }

  /** Given by the server; empty before `open` and after `close`. */
  get id(): string {
    return this.#session.id;
  }

  get readyState(): EngineReadyState {
    return this.#session.readyState;
  }

  /** The transport in use, or used last. */
  get transport(): { readonly name: TransportName } & Partial<Pick<ClientTransport, "query" | "writable">> {
    return this.#session.transport ?? NO_TRANSPORT;
  }

  /** The options in use, with what the URI and the page say about the server. A copy. */
  get opts(): SocketOptions {
    const { given, host, path, port, query, secure } = this.#session.options;
    return { ...given, hostname: host, path, port, query, secure };
  }

  /** Whether the connection uses TLS. */
  get secure(): boolean {
    return this.#session.options.secure;
  }

  /** What has not been handed to a transport yet. A copy. */
  get writeBuffer(): PacketInfo[] {
    return this.#session.queued.map(({ packet, compress }) => ({ ...packet, options: { compress } }));
  }

  get writable(): boolean {
    return this.#session.writable;
  }

  get bufferedBytes(): number {
    return this.#session.bufferedBytes;
  }

  /** The form in which `message` events bring binary. @defaultValue "nodebuffer" in Node.js, else "arraybuffer" */
  get binaryType(): BinaryType {
    return this.#audience.binaryType;
  }

  set binaryType(form: BinaryType) {
    this.#audience.binaryType = form;
  }

  override on<Event extends EventNames<SocketEvents>>(event: Event, listener: SocketEvents[Event]): this {
    this.#audience.observed = true;
    return super.on(event, listener);
  }

  override once<Event extends EventNames<SocketEvents>>(event: Event, listener: SocketEvents[Event]): this {
    this.#audience.observed = true;
    return super.once(event, listener);
  }

  bind(handler: ClientEngineSocketHandler): void {
    this.#session.bind(handler);
  }

  /** Sends or queues one message without any conversion; ignored once closing. */
  transmit(message: EngineMessage, compress: boolean): void {
    this.#session.transmit(message, compress);
  }

  /** Sends or queues one message. The callback is called when it has been handed to the transport. */
  send(data: SendData, options?: SendOptions | (() => void) | null, callback?: () => void): this {
    const onSent = typeof options === "function" ? options : callback;
    const compress = typeof options === "function" || options?.compress !== false;
    const message = toMessage(data);
    if (!this.#blobs && !(message instanceof Promise)) this.#session.transmit(message, compress, onSent);
    else this.#inTurn(async () => this.#session.transmit(await message, compress, onSent));
    return this;
  }

  /** The same as {@link EngineSocket.send}. */
  write(data: SendData, options?: SendOptions | (() => void) | null, callback?: () => void): this {
    return this.send(data, options, callback);
  }

  /**
   * Tells whether the server has been silent for too long, even if the timer has not fired, as after a suspension.
   * If so, the socket closes right after the current task, and what should not get lost must not be transmitted.
   */
  hasPingExpired(): boolean {
    return this.#session.hasPingExpired();
  }

  /** Flushes, then closes with reason `forced close`; with `discard`, what is queued is dropped. Idempotent. */
  close(discard = false): this {
    if (!this.#blobs || discard) this.#session.close(discard);
    else this.#inTurn(async () => this.#session.close(false));
    return this;
  }

  /** Runs a step once all earlier ones have ended. */
  #inTurn(step: () => Promise<void>): void {
    // a Blob that cannot be read takes its message with it, as in the built-in WebSocket
    const turn = (this.#blobs ?? Promise.resolve()).then(step).catch(() => {});
    this.#blobs = turn;
    void turn.then(() => {
      if (this.#blobs === turn) this.#blobs = undefined;
    });
  }
}

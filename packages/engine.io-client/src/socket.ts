import { codedError, throwLater } from "@halyard/core";
import { resolveOptions, type Platform, type SocketOptions } from "./options.ts";
import { toMessage, type SendData } from "./session/outgoing-data.ts";
import { UpgradingSession } from "./session/upgrading-session.ts";

/** Options of a single message. */
export interface SendOptions {
  /** Whether it may be compressed, where compression was negotiated. @defaultValue true */
  compress?: boolean;
}

/**
 * A session with an Engine.IO server, over whichever transport works best. Each entry file derives its `Socket` from it.
 * It can be listened to, as in Engine.IO, or bound to one consumer, which is faster.
 */
export class EngineSocket extends UpgradingSession {
  /** Engine.IO protocol revision. */
  static readonly protocol = 4;

  /** Set while the bytes of a Blob are awaited: what is sent meanwhile must wait behind it. */
  #blobs: Promise<void> | undefined;

  constructor(platform: Platform, uri?: string | SocketOptions | null, options: SocketOptions = {}) {
    super(
      typeof uri === "string" ? resolveOptions(uri, options, platform) : resolveOptions("", uri ?? options, platform),
    );
  }

  /** Whether the connection uses TLS. */
  get secure(): boolean {
    return this.opts.secure;
  }

  /**
   * Sends or queues one message. The callback is called when it has been handed to the transport.
   *
   * @throws `PAYLOAD_TOO_LARGE` for a message longer than the server has said it takes; nothing has been sent, and the
   * connection is as it was. The size of a Blob is not known in time, nor is the limit before `open`.
   */
  send(data: SendData, options?: SendOptions | (() => void) | null, callback?: () => void): this {
    const given = typeof options === "function" ? options : callback;
    const onSent = given && safely(given);
    const compress = typeof options === "function" || options?.compress !== false;
    const message = toMessage(data);
    if (!(message instanceof Promise) && !this.fits(message))
      throw codedError("PAYLOAD_TOO_LARGE", "message too large");
    if (!this.#blobs && !(message instanceof Promise)) this.transmit(message, compress, onSent);
    else this.#inTurn(async () => this.transmit(await message, compress, onSent));
    return this;
  }

  /** The same as {@link EngineSocket.send}. */
  write(data: SendData, options?: SendOptions | (() => void) | null, callback?: () => void): this {
    return this.send(data, options, callback);
  }

  /** Flushes, then closes with reason `forced close`; with `discard`, what is queued is dropped. Idempotent. */
  override close(discard = false): this {
    if (!this.#blobs || discard) return super.close(discard);
    this.#inTurn(async () => void super.close());
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

/** What an application throws surfaces as an uncaught error, and disturbs nobody here. */
function safely(callback: () => void): () => void {
  return () => {
    try {
      callback();
    } catch (error) {
      throwLater(error);
    }
  };
}

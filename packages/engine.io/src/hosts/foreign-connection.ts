import type { EngineWebSocketLike } from "../options.ts";
import type { SendingWebSocket } from "../transports/library-writer.ts";
import type { WebSocketConnection, WebSocketTransport } from "../transports/websocket.ts";

/** A connection of a WebSocket engine other than the built-in one; such engines may lack what `ws` has. */
export class ForeignConnection implements WebSocketConnection, SendingWebSocket {
  readonly #connection: EngineWebSocketLike;

  constructor(connection: EngineWebSocketLike) {
    this.#connection = connection;
  }

  get readyState(): number {
    return this.#connection.readyState;
  }

  send(data: string | Uint8Array, options: { compress: boolean }, onSent: (error?: Error) => void): void {
    this.#connection.send(data, options, onSent);
  }

  /** Such engines answer pings themselves. */
  pong(): void {}

  callLibrary(): boolean {
    return true;
  }

  sayGoodbye(code?: number): void {
    this.#connection.close(code);
  }

  terminate(): void {
    if (this.#connection.terminate === undefined) this.#connection.close();
    else this.#connection.terminate();
  }

  /** Where that is not possible, what comes is kept, up to a limit. */
  pause(): void {
    this.#connection.pause?.();
  }

  resume(): void {
    this.#connection.resume?.();
  }

  /** Tells the transport what happens. */
  tell(transport: WebSocketTransport): void {
    this.#connection.on("message", (data, isBinary) => {
      if (typeof data === "string") transport.onFrame(Buffer.from(data), false);
      else transport.onFrame(Buffer.isBuffer(data) ? data : Buffer.from(data), isBinary);
    });
    this.#connection.on("close", () => transport.onEnd());
    this.#connection.on("error", (error) => transport.onError(error));
  }
}

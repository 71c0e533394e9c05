import type { Duplex } from "node:stream";
import type { WebSocketConnection, WebSocketTransport } from "../transports/websocket.ts";
import type { LibraryCaller } from "./library-caller.ts";
import type { PeerWebSocket } from "./peer-websocket.ts";

const OPEN = 1;
const CLOSED = 3;

/**
 * A connection in which the WebSocket library takes no part until there is something that only the library does: most clients
 * send nothing but small messages and, in the end, a goodbye.
 */
export class PlainConnection implements WebSocketConnection {
  peer: WebSocketTransport | undefined = undefined;
  readonly #socket: Duplex;
  readonly #caller: LibraryCaller;
  #library: PeerWebSocket | undefined;

  constructor(socket: Duplex, caller: LibraryCaller) {
    this.#socket = socket;
    this.#caller = caller;
  }

  get readyState(): number {
    if (this.#library !== undefined) return this.#library.readyState;
    return this.#socket.writable ? OPEN : CLOSED;
  }

  /** Nothing is left to the library once the peer has ended: it would destroy the socket, with what is still unsent. */
  callLibrary(): boolean {
    if (this.#library === undefined && this.peer !== undefined && this.#socket.readable) {
      this.#library = this.#caller.call(this.#socket, this.peer);
    }
    return this.#library !== undefined;
  }

  sayGoodbye(code?: number): void {
    if (this.callLibrary()) this.#library?.sayGoodbye(code);
  }

  terminate(): void {
    if (this.#library === undefined) this.#socket.destroy();
    else this.#library.terminate();
  }

  /** What is read from a connection that ends while it is paused is the library's concern. */
  pause(): void {
    if (this.callLibrary()) this.#library?.pause();
  }

  resume(): void {
    this.#library?.resume();
  }
}

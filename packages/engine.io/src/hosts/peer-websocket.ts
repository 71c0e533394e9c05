import { toError } from "@halyard/core";
import { WebSocket } from "ws";
import type { SendingWebSocket } from "../transports/library-writer.ts";
import type { WebSocketConnection, WebSocketTransport } from "../transports/websocket.ts";

/**
 * A `ws` connection that tells its transport what happens by direct calls. With listeners, every idle connection would keep
 * a table of them.
 */
export class PeerWebSocket extends WebSocket implements WebSocketConnection, SendingWebSocket {
  peer: WebSocketTransport | undefined = undefined;

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { peer } = this;
    if (peer === undefined) return event !== "error" && super.emit(event, first, second);
    switch (event) {
      case "message":
        peer.libraryPart?.onTold();
        if (Buffer.isBuffer(first)) peer.onFrame(first, second === true);
        break;
      case "ping":
        peer.libraryPart?.onTold();
        if (Buffer.isBuffer(first)) peer.onPing(first);
        break;
      case "pong":
        peer.libraryPart?.onTold();
        peer.onPong();
        break;
      case "close":
        peer.onEnd();
        break;
      case "error":
        peer.onError(toError(first));
        break;
    }
    return true;
  }

  callLibrary(): boolean {
    return true;
  }

  sayGoodbye(code?: number): void {
    super.close(code);
  }

  /**
   * The library calls this with what the peer's close frame says, or with nothing if it says nothing; after an error it does
   * so with a code alone. The transport answers a close frame for a third of what the library's own way costs.
   */
  override close(code?: number, reason?: string | Buffer): void {
    const isAnswer = this.readyState === WebSocket.OPEN && (code === undefined || Buffer.isBuffer(reason));
    const saying = Buffer.isBuffer(reason) ? reason : undefined;
    if (!isAnswer || this.peer?.onGoodbye(code, saying) !== true) super.close(code, reason);
  }
}

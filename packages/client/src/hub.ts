import type { ClientEngineSocket, SocketPacket, Timer } from "@halyard/contracts";

/** What a manager and its sockets need from the engine. */
export interface ConnectionEngine extends ClientEngineSocket {
  /** The form in which applications get bytes: `nodebuffer` as they come, else as `ArrayBuffer`. */
  readonly binaryType: string;
}

/** What a manager does for its sockets. */
export interface Hub<Member = unknown> {
  /** Milliseconds since the epoch, by the manager's clock. */
  now(): number;
  /** Calls back once, by the manager's clock. */
  schedule(callback: () => void, delayMs: number): Timer;
  /** Calls back once the server wants it, a random while later than it said; without a delay, or with reconnection off, never. */
  recall(callback: () => void, retryAfterMs: unknown): Timer | undefined;
  /** A socket has become active: opens the connection if need be, and tells the socket when it is open. */
  join(socket: Member): void;
  /** A socket has left: closes the connection if it was the last. */
  leave(): void;
  /** How many bytes a packet takes, as far as it can be encoded; characters count as one each. */
  bytesOf(packet: SocketPacket): number;
  /**
   * Sends a packet unless that connection is closed.
   * @throws `SOCKET_ENCODE` for data that cannot be encoded, `PAYLOAD_TOO_LARGE` for more than the server takes.
   */
  sendPacket(engine: ConnectionEngine, packet: SocketPacket, compress: boolean): void;
}

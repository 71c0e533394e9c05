import quiche from "@matrixai/quic/native/quiche.js";
import type { Connection, Host as HostPort } from "@matrixai/quic/native/types.js";

/** Hears what happens on a connection. */
export interface QuicHandler {
  onOpen(): void;
  /** The stream has something to read, its end perhaps. */
  onReadable(streamId: number): void;
  /** The stream takes something. */
  onWritable(streamId: number): void;
  /** The connection is over. */
  onClosed(): void;
}

/** A datagram and where it goes. */
export type Send = (datagram: Uint8Array, to: HostPort) => void;

const READ_BYTES = 65_536;

/** One client's QUIC connection: turns datagrams into calls of its handler, and what is written into datagrams. */
export class QuicConnection {
  readonly peerAddress: string;
  readonly #quic: Connection;
  readonly #local: HostPort;
  readonly #send: Send;
  readonly #datagram = Buffer.alloc(quiche.MAX_UDP_PACKET_SIZE);
  #handler: QuicHandler | undefined;
  #isOpen = false;
  #isFlushing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(quic: Connection, local: HostPort, peer: HostPort, send: Send) {
    this.#quic = quic;
    this.#local = local;
    this.#send = send;
    this.peerAddress = `${peer.host}:${peer.port}`;
  }

  get isClosed(): boolean {
    return this.#quic.isClosed();
  }

  bind(handler: QuicHandler): void {
    this.#handler = handler;
  }

  /** A datagram has arrived. */
  receive(datagram: Uint8Array, from: HostPort): void {
    try {
      this.#quic.recv(datagram, { from, to: this.#local });
    } catch {
      // not for this connection, or nonsense: the peer will notice
    }
    if (!this.#isOpen && this.#quic.isEstablished()) {
      this.#isOpen = true;
      this.#handler?.onOpen();
    }
    if (this.#isOpen) {
      for (const id of this.#quic.readable()) this.#handler?.onReadable(id);
      for (const id of this.#quic.writable()) this.#handler?.onWritable(id);
    }
    this.flush();
  }

  /** Reads from a stream; nothing when there is nothing. Throws when the peer has reset it. */
  read(streamId: number): { readonly data: Uint8Array; readonly isLast: boolean } | undefined {
    const buffer = Buffer.alloc(READ_BYTES);
    const result = this.#quic.streamRecv(streamId, buffer);
    if (result === null) return undefined;
    this.#flushSoon(); // the peer may send more now
    const [length, isLast] = result;
    return { data: buffer.subarray(0, length), isLast };
  }

  /** Writes as much as the stream takes, and returns how much that is. Throws when the peer does not want it. */
  write(streamId: number, data: Uint8Array, isLast: boolean): number {
    const written = this.#quic.streamSend(streamId, data, isLast) ?? 0;
    this.#flushSoon();
    return written;
  }

  /** Ends a stream in both directions; what is under way on it is lost. */
  reset(streamId: number, code: number): void {
    for (const direction of [quiche.Shutdown.Read, quiche.Shutdown.Write]) {
      try {
        this.#quic.streamShutdown(streamId, direction, code);
      } catch {
        // this direction has ended already
      }
    }
    this.#flushSoon();
  }

  /** Ends the connection. */
  close(): void {
    if (!this.#quic.isClosed()) this.#quic.close(true, 0, Buffer.from("bye"));
    this.flush();
    this.#end();
  }

  flush(): void {
    for (let next = this.#quic.send(this.#datagram); next !== null; next = this.#quic.send(this.#datagram)) {
      const [length, { to }] = next;
      this.#send(Uint8Array.from(this.#datagram.subarray(0, length)), to);
    }
    if (this.#quic.isClosed()) this.#end();
    else this.#arm();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const delayMs = this.#quic.timeout();
    if (delayMs === null) return;
    this.#timer = setTimeout(() => {
      this.#quic.onTimeout();
      this.flush();
    }, delayMs);
  }

  #end(): void {
    clearTimeout(this.#timer);
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClosed();
  }
}

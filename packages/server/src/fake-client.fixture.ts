import type {
  EngineCloseReason,
  EngineHandshake,
  EngineMessage,
  EngineReadyState,
  EngineSocketHandler,
  PreparedMessage,
  ServerEngineSocket,
  Untyped,
} from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { Server, type HandlerFailure, type ServerOptions } from "./server.ts";

/** A server without a network, and clients that write to it by hand. */
export class Bench {
  readonly clock: FakeClock = new FakeClock();
  readonly failures: (HandlerFailure & { readonly error: Error })[] = [];
  readonly io: Server;
  #accept: (conn: Untyped) => void = () => {};
  /** Whether the engine was told to take no new sessions. */
  refusesSessions = false;
  #connections = 0;

  constructor(options: Partial<ServerOptions> = {}) {
    const onError = (error: Error, failure: HandlerFailure): void => void this.failures.push({ error, ...failure });
    this.io = new Server({ clock: this.clock, onError, ...options });
    const engine: Untyped = {
      bind: (accept: (conn: Untyped) => void) => (this.#accept = accept),
      prepare: (messages: readonly EngineMessage[]): PreparedMessage => ({ messages }),
      close: () => Promise.resolve(),
      refuseSessions: () => (this.refusesSessions = true),
    };
    this.io.bind(engine);
  }

  /** Opens a connection that has joined nothing yet. */
  open(protocol: 3 | 4 = 4): FakeClient {
    const client = new FakeClient(`engine-${++this.#connections}`, protocol, this.clock);
    this.#accept(client);
    return client;
  }

  /** Opens a connection that joins a namespace, and forgets what was sent meanwhile. */
  join(namespace = "/"): FakeClient {
    const client = this.open();
    client.write(namespace === "/" ? "0" : `0${namespace},`);
    client.sent.length = 0;
    return client;
  }
}

/** The server's end of a fake connection; `sent` is what the client has got. */
export class FakeClient implements ServerEngineSocket<Untyped> {
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly transport: { readonly name: string } = { name: "websocket" };
  readonly remoteAddress = "192.0.2.1";
  readonly request: Untyped = { url: "/socket.io/?EIO=4" };
  bufferedBytes = 0;
  readonly handshake: EngineHandshake;
  readonly sent: EngineMessage[] = [];
  readonly compressed: boolean[] = [];
  readyState: EngineReadyState = "open";
  writable = true;
  /** What may be queued, as far as the fake looks at it. */
  maxBufferedBytes: number = Number.POSITIVE_INFINITY;
  /** Why the server rejected the connection. */
  rejection: Error | undefined;
  requestReleased = false;
  #handler: EngineSocketHandler | undefined;

  constructor(id: string, protocol: 3 | 4, clock: FakeClock) {
    this.id = id;
    this.protocol = protocol;
    this.handshake = {
      url: "/socket.io/?EIO=4&transport=websocket&token=a&token=b",
      headers: { host: "localhost", origin: "http://example.com" },
      secure: false,
      issuedMs: clock.now(),
    };
  }

  bind(handler: EngineSocketHandler): void {
    this.#handler = handler;
  }

  transmit(message: EngineMessage, compress: boolean): void {
    if (this.readyState !== "open") return;
    this.sent.push(message);
    this.compressed.push(compress);
  }

  transmitPrepared(message: PreparedMessage, compress: boolean): void {
    for (const part of message.messages) this.transmit(part, compress);
  }

  hasRoomFor(messages: readonly EngineMessage[]): boolean {
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    return this.bufferedBytes === 0 || this.bufferedBytes + bytes <= this.maxBufferedBytes;
  }

  /** The client has taken what was queued. */
  drain(): void {
    this.bufferedBytes = 0;
    this.#handler?.onDrain?.();
  }

  /** The client sends messages. */
  write(...messages: EngineMessage[]): void {
    for (const message of messages) this.#handler?.onMessage(message);
  }

  /** The connection ends. */
  lose(reason: EngineCloseReason = "transport close", cause?: unknown): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#handler?.onClose(reason, cause);
  }

  reject(cause: Error): void {
    this.rejection = cause;
    this.lose("parse error", cause);
  }

  close(): void {
    this.lose("forced close");
  }

  pauseReading(): () => void {
    return () => {};
  }

  releaseRequest(): void {
    this.requestReleased = true;
  }
}

/** The text messages that a client has got, taken away from it. */
export function take(client: FakeClient): EngineMessage[] {
  return client.sent.splice(0);
}

import type {
  EngineMessage,
  EnginePacket,
  TransportCloseReason,
  TransportHandler,
  TransportName,
  Transport as TransportContract,
} from "@halyard/contracts";
import { toError } from "@halyard/core";
import type { ResolvedOptions } from "../options.ts";
import { formatQuery } from "../uri.ts";
import { TransportError } from "./transport-error.ts";

/** A transport as the client's session drives it. */
export interface ClientTransport extends TransportContract {
  /** Starts to connect. Nothing is reported to the handler before the current task has ended. */
  open(): void;
  /** Sends one message at once; only transports that never make messages wait for each other have it. */
  sendMessage?(message: EngineMessage, compress: boolean): void;
  /** Takes back `pause` when the upgrade it was for has failed. */
  resume?(): void;
}

/** Makes a transport for one session; `sessionId` is empty before the handshake. */
export interface TransportConstructor {
  new (options: ResolvedOptions, sessionId: string): ClientTransport;
  /** Its `name` tells which transport this is. */
  readonly prototype: ClientTransport;
}

/** The handler of a transport that nobody needs any more. */
export const DEAF: TransportHandler = { onMessage() {}, onPacket() {}, onWritable() {}, onClose() {} };

/** What the client's transports have in common. */
export abstract class Transport implements ClientTransport {
  abstract readonly name: TransportName;
  abstract readonly writable: boolean;
  abstract readonly bufferedBytes: number;
  protected readonly options: ResolvedOptions;
  protected sessionId: string;
  protected handler: TransportHandler = DEAF;
  protected state: "opening" | "open" | "closing" | "closed" = "opening";

  constructor(options: ResolvedOptions, sessionId: string) {
    this.options = options;
    this.sessionId = sessionId;
  }

  abstract open(): void;
  abstract send(packets: readonly EnginePacket[]): void;
  abstract close(): void;

  bind(handler: TransportHandler): void {
    this.handler = handler;
  }

  abort(cause?: Error): void {
    this.end("transport close", cause);
  }

  /** Lets go of connections and timers; called once, when the transport ends. */
  protected abstract release(): void;

  /** Reports the end, once. */
  protected end(reason: TransportCloseReason, cause?: Error): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.release();
    this.handler.onClose(reason, cause);
  }

  protected fail(message: string, description: unknown, context?: unknown): void {
    this.end("transport error", new TransportError(message, description, context));
  }

  protected leave(description: string, context?: unknown): void {
    this.end("transport close", new TransportError(description, description, context));
  }

  /** Takes one packet from the wire. */
  protected receive(packet: EnginePacket): void {
    if (packet.type === "message") this.handler.onMessage(packet.data);
    else if (packet.type === "close") this.leave("transport closed by the server");
    else this.handler.onPacket(packet);
  }

  /** Runs a decoder over what the peer sent. */
  protected guard(decode: () => void): void {
    try {
      decode();
    } catch (error) {
      this.end("parse error", toError(error));
    }
  }

  protected url(scheme: string, timestamped: boolean): string {
    const { clock, hostname, port, secure, path, query, timestampParam } = this.options;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    const parameters: Record<string, unknown> = { ...query, EIO: this.options.codec.protocol, transport: this.name };
    if (timestamped) parameters[timestampParam] = clock.now().toString(36) + Math.random().toString(36).slice(2, 6);
    if (this.options.given.forceBase64 && !this.sessionId) parameters["b64"] = 1;
    if (this.sessionId) parameters["sid"] = this.sessionId;
    return `${scheme}${secure ? "s" : ""}://${host}${port && ":" + port}${path}?${formatQuery(parameters)}`;
  }
}

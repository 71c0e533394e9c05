import type {
  EngineMessage,
  EnginePacket,
  TransportCloseReason,
  TransportHandler,
  TransportName,
  Transport as TransportContract,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { ResolvedOptions } from "../options.ts";
import { parseHandshake } from "../session/handshake.ts";
import { formatQuery } from "../uri.ts";
import { TransportError } from "./transport-error.ts";

/** A packet on its way out, with what the session notes about it. */
export type OutgoingPacket = EnginePacket & {
  readonly data?: EngineMessage;
  readonly options?: { readonly compress: boolean };
  /** Called once the packet has been handed to the transport. */
  readonly onSent?: (() => void) | undefined;
};

/** A transport as the client's session drives it. */
export interface ClientTransport extends TransportContract {
  /** What requests of this transport carry as query, without the timestamp. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Starts to connect. Nothing is reported to the handler before the current task has ended. */
  open(): void;
  send(packets: readonly OutgoingPacket[]): void;
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
  abstract readonly bufferedBytes: number;
  declare protected readonly options: ResolvedOptions;
  declare protected sessionId: string;
  protected handler: TransportHandler = DEAF;
  protected state: "opening" | "open" | "closing" | "closed" = "opening";

  constructor(options: ResolvedOptions, sessionId: string) {
    this.options = options;
    this.sessionId = sessionId;
  }

  get writable(): boolean {
    return this.state === "open";
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

  /** Lets go of connections and timers as the transport ends. */
  protected abstract release(): void;

  /** Reports the end, once. */
  protected end(reason: TransportCloseReason, cause?: Error): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.release();
    const { handler } = this;
    // what is still being read must not follow the end
    this.handler = DEAF;
    handler.onClose(reason, cause);
  }

  /** Ends the transport with an error. */
  protected fail(message: string, description: unknown, context?: unknown, said?: string): void {
    this.end("transport error", new TransportError(message, description, context, said));
  }

  /** Ends the transport because the other side has closed it. */
  protected leave(message: string, context?: unknown): void {
    this.end("transport close", new TransportError(message, undefined, context));
  }

  /** Takes packets from the wire; what the decoder throws ends the transport. */
  protected receive(decode: () => Iterable<EnginePacket>): void {
    try {
      for (const packet of decode()) {
        if (packet.type === "message") this.handler.onMessage(packet.data);
        else if (packet.type === "close") return this.leave("transport closed by the server");
        else {
          if (packet.type === "open") {
            this.sessionId = parseHandshake(packet.data).sid;
            this.onHandshake();
          }
          this.handler.onPacket(packet);
        }
      }
    } catch (error) {
      this.end("parse error", codedError("ENGINE_PARSE", String(error), error));
    }
  }

  /** The server has accepted the session; the handler has yet to be told. */
  protected onHandshake(): void {}

  get query(): Readonly<Record<string, unknown>> {
    const { query, forceBase64 } = this.options;
    const session = this.sessionId && { sid: this.sessionId };
    // servers look at it for each transport
    return { ...query, EIO: 4, transport: this.name, ...session, ...(forceBase64 && { b64: 1 }) };
  }

  /** Where the transport connects to, with the query of the protocol. */
  protected url(scheme: string, timestamped: boolean): string {
    const { hostname, path, port, secure, timestampParam = "t" } = this.options;
    const query = { ...this.query, ...(timestamped && { [timestampParam]: Math.random().toString(36).slice(2) }) };
    return `${scheme}${secure ? "s" : ""}://${hostname}${port && ":" + port}${path}?${formatQuery(query)}`;
  }
}

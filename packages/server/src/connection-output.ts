import type { EngineMessage, EngineMessagePreparer, Parser, PreparedMessage, SocketPacket } from "@halyard/contracts";
import { packetSend } from "@halyard/diagnostics";
import type { Counters } from "./counters.ts";
import { publishDrop, publishSend } from "./diagnostics.ts";
import type { EngineConnection } from "./engine-connection.ts";

/** What sending needs of the server. */
interface OutputHost {
  readonly parser: Parser;
  readonly preparer: EngineMessagePreparer | undefined;
  readonly dropsOnOverflow: boolean;
  readonly counters: Pick<Counters, "droppedVolatile" | "droppedOnOverflow">;
}

/** The sending half of a connection: what the session below has room for goes out, or is counted as dropped. */
export abstract class ConnectionOutput<Host extends OutputHost> {
  readonly conn: EngineConnection;
  readonly #host: Host;

  constructor(host: Host, conn: EngineConnection) {
    this.#host = host;
    this.conn = conn;
  }

  protected get host(): Host {
    return this.#host;
  }

  /** Encodes and sends one packet. @throws `SOCKET_ENCODE` */
  send(packet: SocketPacket, isVolatile: boolean, compress: boolean): void {
    const { conn } = this;
    if (conn.readyState !== "open" || (isVolatile && this.#dropsVolatile())) return;
    const messages = this.#host.parser.encode(packet);
    if (this.#host.dropsOnOverflow && isData(packet) && this.#overflows(messages)) return;
    if (packetSend.hasSubscribers) publishSend(conn.id, packet, messages);
    this.#transmit(messages, compress);
  }

  sendEncoded(messages: readonly EngineMessage[], isVolatile: boolean, compress: boolean): boolean {
    if (isVolatile && this.#dropsVolatile()) return false;
    if (this.#host.dropsOnOverflow && this.#overflows(messages)) return false;
    this.#transmit(messages, compress);
    return true;
  }

  /** Sends a packet that goes to many. */
  sendPrepared(message: PreparedMessage, isVolatile: boolean, compress: boolean): boolean {
    if (isVolatile && this.#dropsVolatile()) return false;
    if (this.#host.dropsOnOverflow && this.#overflows(message.messages)) return false;
    this.conn.transmitPrepared(message, compress);
    return true;
  }

  /** A packet with several attachments goes as one, so that the engine's limit does not come between its parts. */
  #transmit(messages: readonly EngineMessage[], compress: boolean): void {
    const { preparer } = this.#host;
    if (messages.length > 2 && preparer !== undefined) this.conn.transmitPrepared(preparer.prepare(messages), compress);
    else for (const message of messages) this.conn.transmit(message, compress);
  }

  /** Whether a volatile packet cannot leave at once; counts it if so. */
  #dropsVolatile(): boolean {
    if (this.conn.writable) return false;
    if (this.conn.readyState !== "open") return true;
    this.#host.counters.droppedVolatile++;
    publishDrop(this.conn, "volatile");
    return true;
  }

  /** Whether there is no room for a packet; counts it if so. Asked before anything of the packet is queued. */
  #overflows(messages: readonly EngineMessage[]): boolean {
    if (this.conn.hasRoomFor(messages)) return false;
    this.#host.counters.droppedOnOverflow++;
    publishDrop(this.conn, "overflow");
    return true;
  }
}

/** Whether a packet is the application's; the others tell of sockets that come and go, and may not be missing. */
function isData({ type }: SocketPacket): boolean {
  return type === "event" || type === "ack";
}

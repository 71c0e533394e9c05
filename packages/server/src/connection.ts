import type { IncomingMessage } from "node:http";
import type { EngineMessage, EngineSocketHandler, SocketPacket } from "@halyard/contracts";
import { codedError, toError, type DeadlineEntry } from "@halyard/core";
import { packetReceive, type ConnectRefusal } from "@halyard/diagnostics";
import { isAuthTooLarge, readConnect } from "./connect-request.ts";
import type { ConnectionHost, Seated } from "./connection-host.ts";
import { ConnectionOutput } from "./connection-output.ts";
import type { DecoderPool } from "./decoder-pool.ts";
import { publishIgnore, publishReceive, publishRefusal, publishViolation } from "./diagnostics.ts";
import type { EngineConnection } from "./engine-connection.ts";
import { HINT_NAMESPACE, hintPacket, type RetryHint } from "./delivery/retry-hint.ts";
import type { Entrant, Refusal } from "./entrance.ts";
import { PartialPacket } from "./partial-packet.ts";
import type { DisconnectReason } from "./socket-events.ts";

/**
 * One engine session and the sockets that share it: takes its messages apart and hands each packet to the socket of its
 * namespace. It is a deadline entry for the time that a client may spend in no namespace.
 */
export class Connection<Member extends Seated>
  extends ConnectionOutput<ConnectionHost<Member>>
  implements Entrant<Member>, EngineSocketHandler, DeadlineEntry
{
  readonly #decoders: DecoderPool;
  #state: "outside" | "inside" | "closed" = "outside";
  /** The socket of the main namespace, which most connections have and few more than that. */
  #main: Member | undefined;
  /** All sockets by their namespaces, in the order of joining, once there is one of another than the main namespace. */
  #several: Map<string, Member> | undefined;
  /** Namespaces being looked up, with a token for each attempt. */
  #resolving: Map<string, object> | undefined;
  /** Namespaces that the server made this client leave: packets that were under way are no violation. */
  #left: Set<string> | undefined;
  #partial: PartialPacket | undefined;
  #failedConnects = 0;

  constructor(host: ConnectionHost<Member>, conn: EngineConnection) {
    super(host, conn);
    this.#decoders = conn.protocol === 3 ? host.legacyDecoders : host.decoders;
    host.joinDeadlines.start(this);
  }

  get id(): string {
    return this.conn.id;
  }

  get request(): IncomingMessage {
    return this.conn.request;
  }

  onMessage(message: EngineMessage): void {
    if (this.#state === "closed") return;
    const partial = this.#partial;
    let packet: SocketPacket | undefined;
    try {
      packet = partial === undefined ? this.#decode(message) : this.#continue(partial, message);
    } catch (thrown) {
      return this.#reject(toError(thrown));
    }
    if (packet === undefined) return;
    if (packetReceive.hasSubscribers) publishReceive(this.id, packet, message, partial);
    const { namespace } = packet;
    const socket = namespace === "/" ? this.#main : this.#several?.get(namespace);
    if (socket === undefined || packet.type === "connect" || packet.type === "connect_error")
      return this.#onOtherPacket(packet, socket, message);
    if (!this.host.control.receive(socket, packet))
      this.#violate("a packet for a namespace that the client has not joined yet");
  }

  onClose(reason: DisconnectReason, cause?: unknown): void {
    this.#end(reason, cause);
  }

  /** The time outside of every namespace is over. */
  onDeadline(): void {
    this.host.counters.idleConnections++;
    publishViolation(this.id, "idle", IDLENESS);
    this.end("forced server close");
  }

  bufferedBytesFor(socket: Member): number {
    const { bufferedBytes } = this.conn;
    if (bufferedBytes > 0 && this.#state !== "closed") this.host.drains.watch(this.conn, socket);
    return bufferedBytes;
  }

  /** What was queued is with the operating system. */
  onDrain(): void {
    this.host.drains.onDrain(this.conn);
  }

  /** Opens the main namespace for a client that does not ask (protocol revision 4, over Engine.IO 3). */
  joinMain(): void {
    this.#join("/", undefined);
  }

  /** Takes a socket in, whether it is connected yet or not. */
  seat(socket: Member): void {
    const { name } = socket.nsp;
    if (name === "/") this.#main = socket;
    else this.#several ??= new Map(this.#main === undefined ? [] : [["/", this.#main]]);
    this.#several?.set(name, socket);
    this.#left?.delete(name);
  }

  /** One of the sockets is connected, maybe after others that were seated later: middlewares take their time. */
  onJoined(socket: Member): void {
    const { name } = socket.nsp;
    if (this.#several?.delete(name) === true) this.#several.set(name, socket);
    if (this.#state !== "outside") return;
    this.#state = "inside";
    this.host.joinDeadlines.stop(this);
  }

  /** Lets a socket go. With `stragglers`, packets for it may still be under way. */
  unseat(socket: Member, stragglers: boolean): void {
    const { name } = socket.nsp;
    if (name === "/") this.#main = undefined;
    this.#several?.delete(name);
    if (this.#state === "closed") return;
    if (stragglers && (this.#left?.size ?? 0) < this.host.limits.maxNamespaces) (this.#left ??= new Set()).add(name);
    if (this.#state === "outside" || this.#sockets().some(({ connected }) => connected)) return;
    this.#state = "outside";
    this.host.joinDeadlines.start(this);
  }

  /** Refuses a namespace, and the connection too once that has happened too often. */
  refuse(namespace: string, data: Refusal, reason: ConnectRefusal): void {
    if (this.#state === "closed") return;
    this.send({ type: "connect_error", namespace, data }, false, true);
    this.host.counters.refusedConnects++;
    publishRefusal(this.id, namespace, reason, data);
    if (++this.#failedConnects < this.host.limits.maxFailedConnects) return;
    this.#violate(`more than ${this.host.limits.maxFailedConnects} failed CONNECTs (option maxFailedConnects)`);
  }

  /** Disconnects every socket, then ends the session once what is queued has left. */
  disconnectAll(hint: RetryHint): void {
    for (const socket of this.#sockets()) socket.disconnect(false, hint);
    this.end("forced server close");
  }

  /** Tells a client that knows hints when to come back from what ends next; others drop it, as they have not joined that namespace. */
  hintRetry(retryAfterMs: number): void {
    if (this.conn.protocol === 3 || this.#several?.has(HINT_NAMESPACE) === true) return;
    this.send(hintPacket(retryAfterMs), false, true);
  }

  /** Whether an acknowledgement is owed, by either side. */
  get busy(): boolean {
    return this.#sockets().some((socket) => this.host.control.isBusy(socket));
  }

  /** Ends every socket with the reason, then the session. */
  end(reason: DisconnectReason, cause?: Error): void {
    if (this.#state === "closed") return;
    this.#end(reason, cause);
    this.conn.close();
  }

  abandon(reason: DisconnectReason, cause: Error): void {
    this.#end(reason, cause);
    this.conn.close(true);
  }

  reserve(namespace: string): () => boolean {
    const attempt = {};
    (this.#resolving ??= new Map()).set(namespace, attempt);
    return () => {
      const isWanted = this.#resolving?.get(namespace) === attempt;
      if (isWanted) this.#resolving?.delete(namespace);
      return isWanted && this.conn.readyState === "open";
    };
  }

  #decode(message: EngineMessage): SocketPacket | undefined {
    const decoder = this.#decoders.shared;
    try {
      const packet = decoder.write(message);
      if (packet === undefined && decoder.pending) this.#partial = new PartialPacket(this, this.#decoders.keep());
      if (this.#partial === undefined) return packet;
      this.#partial.count(message);
      this.host.attachmentDeadlines.start(this.#partial);
      return packet;
    } catch (thrown) {
      decoder.reset();
      throw thrown;
    }
  }

  #continue(partial: PartialPacket, message: EngineMessage): SocketPacket | undefined {
    const packet = partial.decoder.write(message);
    if (packet === undefined) partial.count(message);
    else this.#forgetPartial();
    return packet;
  }

  #forgetPartial(): void {
    if (this.#partial !== undefined) this.host.attachmentDeadlines.stop(this.#partial);
    this.#partial = undefined;
  }

  #onOtherPacket(packet: SocketPacket, socket: Member | undefined, message: EngineMessage): void {
    if (packet.type === "connect") return this.#onConnect(packet, message);
    if (packet.type === "connect_error")
      return this.#reject(codedError("SOCKET_PARSE", "only a server may send CONNECT_ERROR"));
    const { namespace } = packet;
    if (packet.type === "disconnect" && this.#resolving?.delete(namespace) === true) return;
    if (this.#left?.has(namespace) === true) {
      this.host.counters.ignoredPackets++;
      publishIgnore(this.id, namespace, "left namespace");
    } else if (socket === undefined) this.#violate("a packet for a namespace that the client has not joined");
  }

  #onConnect(packet: Extract<SocketPacket, { type: "connect" }>, message: EngineMessage): void {
    if (this.conn.readyState !== "open") return;
    const { name, auth } = readConnect(this.conn.protocol, packet.namespace, packet.data);
    if (this.#isTaken(name)) return this.#violate("a second CONNECT to the same namespace");
    const { maxNamespaces, maxAuthBytes } = this.host.limits;
    if (this.#seatCount >= maxNamespaces)
      return this.#violate(`more than ${maxNamespaces} namespaces (option maxNamespaces)`);
    if (isAuthTooLarge(message, packet.namespace, maxAuthBytes))
      return this.refuse(
        name,
        { message: `auth is larger than ${maxAuthBytes} bytes (server option maxAuthBytes)` },
        "auth too large",
      );
    this.#join(name, auth);
  }

  #join(name: string, auth: Record<string, unknown> | undefined): void {
    const namespace = this.host.findNamespace(name);
    if (namespace !== undefined) return namespace.admit(this, auth);
    const attempt = {};
    this.#resolving ??= new Map();
    this.#resolving.set(name, attempt);
    this.host.resolveNamespace({
      name,
      auth: auth ?? {},
      isWanted: () => this.#resolving?.get(name) === attempt && this.conn.readyState === "open",
      settle: (found) => {
        this.#resolving?.delete(name);
        if (found === undefined) this.refuse(name, { message: "Invalid namespace" }, "invalid namespace");
        else found.admit(this, auth);
      },
    });
  }

  #isTaken(name: string): boolean {
    if (name === "/") return this.#main !== undefined || this.#resolving?.has(name) === true;
    return this.#several?.has(name) === true || this.#resolving?.has(name) === true;
  }

  get #seatCount(): number {
    return this.#sockets().length + (this.#resolving?.size ?? 0);
  }

  /** In the order of joining. A copy, because closing a socket takes it out. */
  #sockets(): Member[] {
    if (this.#several !== undefined) return [...this.#several.values()];
    return this.#main === undefined ? [] : [this.#main];
  }

  /** The client broke the Socket.IO grammar. */
  #reject(error: Error): void {
    this.host.counters.parseViolations++;
    publishViolation(this.id, "parse", error);
    for (const socket of this.#sockets()) this.host.control.fault(socket, error);
    this.conn.reject(error);
  }

  /** The client sent a well-formed packet where it must not, or too many. */
  #violate(what: string): void {
    const error = codedError("SOCKET_VIOLATION", what);
    this.host.counters.protocolViolations++;
    publishViolation(this.id, "protocol", error);
    this.end("forced server close", error);
  }

  #end(reason: DisconnectReason, cause: unknown): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.host.counters.countClosed(reason);
    this.host.drains.forget(this.conn);
    this.host.joinDeadlines.stop(this);
    this.#forgetPartial();
    this.#resolving = undefined;
    for (const socket of this.#sockets()) this.host.control.close(socket, reason, cause);
  }

  /** The attachments of a packet did not come in time. */
  rejectPartial(): void {
    this.#reject(codedError("SOCKET_PARSE", "attachments did not arrive in time (option attachmentsTimeout)"));
  }
}

const IDLENESS = { message: "the client was in no namespace for the time that connectTimeout allows" };

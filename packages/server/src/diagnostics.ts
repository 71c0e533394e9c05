import type { EngineMessage, SocketPacket } from "@halyard/contracts";
import { toError } from "@halyard/core";
import {
  packetDrop,
  packetIgnore,
  packetReceive,
  packetSend,
  serverDrainEnd,
  serverDrainStart,
  serverError,
  serverViolation,
  socketConnect,
  socketDisconnect,
  socketRecover,
  socketRecoverFail,
  socketRefuse,
  type ConnectRefusal,
  type DropReason,
  type IgnoreReason,
  type SocketDisconnect,
  type ViolationKind,
} from "@halyard/diagnostics";
import type { Failure } from "./error-hook.ts";
import type { RecoveryFailure } from "./recovery/recovery-failure.ts";
import { bytesOf } from "./recovery/bytes-of.ts";

/** A socket as diagnostics tell of it. */
interface Subject {
  readonly id: string;
  readonly client: { readonly id: string };
  readonly nsp: { readonly name: string };
  readonly recovered: boolean;
}

/** A connection whose queue a packet found full. */
interface SlowConnection {
  readonly id: string;
  readonly bufferedBytes: number;
}

/** What has an id and a name in the messages about failures. */
interface Identified {
  readonly id: string;
}
interface Named {
  readonly name: string;
}

/** A packet is complete with this message, the last one of several if it has come in parts. To be called only while somebody listens. */
export function publishReceive(
  connectionId: string,
  packet: SocketPacket,
  message: EngineMessage,
  parts: { readonly receivedBytes: number } | undefined,
): void {
  const { type } = packet;
  const bytes = Buffer.byteLength(message) + (parts === undefined ? 0 : parts.receivedBytes);
  packetReceive.publish({ connectionId, namespace: withoutQuery(packet), type, ...describeEvent(packet), bytes });
}

/** A packet goes to one client. To be called only while somebody listens. */
export function publishSend(connectionId: string, packet: SocketPacket, messages: readonly EngineMessage[]): void {
  const { namespace, type } = packet;
  const bytes = bytesOf(messages);
  packetSend.publish({ connectionId, namespace, type, ...describeEvent(packet), bytes, recipients: 1 });
}

/** A packet goes to many clients. To be called only while somebody listens. */
export function publishBroadcast(
  namespace: string,
  event: { readonly event: string; readonly ackId?: number },
  messages: readonly EngineMessage[],
  recipients: number,
): void {
  packetSend.publish({ namespace, type: "event", ...event, bytes: bytesOf(messages), recipients });
}

/** A packet did not leave. */
export function publishDrop({ id: connectionId, bufferedBytes }: SlowConnection, reason: DropReason): void {
  if (packetDrop.hasSubscribers) packetDrop.publish({ connectionId, reason, bufferedBytes });
}

/** A packet was skipped. */
export function publishIgnore(connectionId: string, namespace: string, reason: IgnoreReason): void {
  if (packetIgnore.hasSubscribers) packetIgnore.publish({ connectionId, namespace, reason });
}

/** A client broke the protocol. */
export function publishViolation(connectionId: string, kind: ViolationKind, error: { readonly message: string }): void {
  if (!serverViolation.hasSubscribers) return;
  const { message } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  serverViolation.publish({ connectionId, kind, ...(code !== undefined && { code }), message });
}

/** A client may not come in. */
export function publishRefusal(
  connectionId: string,
  namespace: string,
  reason: ConnectRefusal,
  data: { readonly message: string } | string,
): void {
  if (!socketRefuse.hasSubscribers) return;
  socketRefuse.publish({
    connectionId,
    namespace,
    reason,
    message: String(typeof data === "string" ? data : data.message),
  });
}

/** A socket is connected. */
export function publishConnect({ id: socketId, client, nsp, recovered }: Subject): void {
  if (socketConnect.hasSubscribers)
    socketConnect.publish({ socketId, connectionId: client.id, namespace: nsp.name, recovered });
}

/** A socket has its former state back, and is sent so many messages that it had missed. */
export function publishRecovery({ id: socketId, client, nsp }: Subject, messages: number): void {
  if (socketRecover.hasSubscribers)
    socketRecover.publish({ socketId, connectionId: client.id, namespace: nsp.name, messages });
}

/** A socket is new although its client has asked for a former one. */
export function publishRecoveryFailure({ id: socketId, client, nsp }: Subject, reason: RecoveryFailure): void {
  if (socketRecoverFail.hasSubscribers)
    socketRecoverFail.publish({ socketId, connectionId: client.id, namespace: nsp.name, reason });
}

/** A socket that was connected is gone. */
export function publishDisconnect({ id: socketId, client, nsp }: Subject, reason: SocketDisconnect["reason"]): void {
  if (socketDisconnect.hasSubscribers)
    socketDisconnect.publish({ socketId, connectionId: client.id, namespace: nsp.name, reason });
}

/** Application code failed. */
export function publishError(thrown: unknown, { socket, namespace, event }: Failure<Identified, Named>): void {
  if (!serverError.hasSubscribers) return;
  serverError.publish({
    error: toError(thrown),
    ...(namespace !== undefined && { namespace: namespace.name }),
    ...(socket !== undefined && { socketId: socket.id }),
    ...(event !== undefined && { event: String(event) }),
  });
}

/** So many connections are to go within that time. */
export function publishDrainStart(connections: number, durationMs: number): void {
  if (serverDrainStart.hasSubscribers) serverDrainStart.publish({ connections, durationMs });
}

/** So many connections are still there after that time. */
export function publishDrainEnd(connections: number, durationMs: number): void {
  if (serverDrainEnd.hasSubscribers) serverDrainEnd.publish({ connections, durationMs });
}

function describeEvent(packet: SocketPacket): { readonly event?: string; readonly ackId?: number } {
  if (packet.type === "ack") return { ackId: packet.id };
  if (packet.type !== "event") return {};
  const event = String(packet.data[0]);
  return packet.id === undefined ? { event } : { event, ackId: packet.id };
}

/** Old clients put behind the namespace what new ones put into `auth`: nobody else's business. */
function withoutQuery({ namespace, type }: SocketPacket): string {
  const end = type === "connect" ? namespace.indexOf("?") : -1;
  return end < 0 ? namespace : namespace.slice(0, end);
}

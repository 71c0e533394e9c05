import { BATCH_TYPE } from "@halyard/adapter";
import { encodePacked } from "./bus-codec.ts";

/** Stands for the namespace where several may be concerned; no namespace is called so. */
const NO_NAMESPACE = "";

/**
 * Puts several messages of one node, all of them JSON or all MessagePack, into one that nodes of socket.io would skip: its type
 * is none of theirs. Nothing is encoded again.
 */
export function joinMessages(uid: string, payloads: readonly (string | Buffer)[]): string | Buffer {
  const frame = { uid, nsp: NO_NAMESPACE, type: BATCH_TYPE };
  const [first] = payloads;
  if (typeof first === "string") return `${JSON.stringify(frame).slice(0, -1)},"data":[${payloads.join(",")}]}`;
  const head = encodePacked(frame);
  head[0] = PACKED_MAP + Object.keys(frame).length + 1;
  return Buffer.concat([head, encodePacked("data"), packedList(payloads)]);
}

/** Takes a message apart that holds others; any other is returned as the only one. */
export function splitMessage(message: unknown): readonly unknown[] {
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== BATCH_TYPE)
    return [message];
  return "data" in message && Array.isArray(message.data) ? message.data : [message];
}

/** Puts several broadcasts in the form of classic pub/sub, `[uid, packet, options]`, into one. Nodes of socket.io skip it, as the namespace of its packet is not theirs. */
export function joinBroadcasts(uid: string, payloads: readonly Buffer[]): Buffer {
  const head = encodePacked([uid, { nsp: NO_NAMESPACE }]);
  head[0] = PACKED_LIST + 3;
  return Buffer.concat([head, packedList(payloads)]);
}

/** Takes broadcasts apart that {@link joinBroadcasts} has put into one; any other is returned as the only one. */
export function splitBroadcast(message: unknown): readonly unknown[] {
  if (!Array.isArray(message)) return [message];
  const [, packet, parts]: readonly unknown[] = message;
  const isBatch = typeof packet === "object" && packet !== null && "nsp" in packet && packet.nsp === NO_NAMESPACE;
  return isBatch && Array.isArray(parts) ? parts : [message];
}

/** What short maps and lists of MessagePack begin with, to which their length is added. */
const PACKED_MAP = 0x80;
const PACKED_LIST = 0x90;

function packedList(payloads: readonly (string | Buffer)[]): Buffer {
  const head = Buffer.of(0xdd, 0, 0, 0, 0);
  head.writeUInt32BE(payloads.length, 1);
  return Buffer.concat([head, ...payloads.filter((payload) => typeof payload !== "string")]);
}

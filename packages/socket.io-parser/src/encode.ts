import type { EngineMessage, SocketPacket } from "@halyard/contracts";
import { extractBytes, type Attachment } from "./binary-data.ts";
import { encodeError } from "./errors.ts";
import { WIRE_TYPES, type AnyPacket } from "./packet-shape.ts";

/** As `JSON.stringify` takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** Writes the data of a packet, and puts aside the bytes in it if there is a list to put them on. */
export type WriteData = (data: unknown, attachments: Attachment[] | undefined) => string | undefined;

/**
 * Encodes one packet as its text, then its attachments (Socket.IO v5, "Packet encoding").
 * @throws `SOCKET_ENCODE`
 */
export function encodePacket(packet: SocketPacket, write: WriteData): EngineMessage[] {
  const { namespace, id, data }: AnyPacket = packet;
  return encodeParts(WIRE_TYPES[packet.type], namespace, id, data, write);
}

/**
 * Encodes a packet given in pieces.
 * @throws `SOCKET_ENCODE`
 */
export function encodeParts(
  type: number,
  namespace: string,
  id: number | undefined,
  data: unknown,
  write: WriteData,
): EngineMessage[] {
  const attachments: Attachment[] = [];
  let json: string | undefined;
  try {
    // only events and acknowledgements have attachments: bytes in other packets are left to JSON.stringify
    json = write(data, type === 2 || type === 3 ? attachments : undefined);
  } catch (error) {
    throw encodeError(error);
  }
  let text = attachments.length > 0 ? `${type + 3}${attachments.length}-` : `${type}`;
  if (namespace !== "/") text += `${namespace},`;
  if (id !== undefined) text += id;
  if (json !== undefined) text += json;
  return attachments.length > 0 ? [text, ...attachments] : [text];
}

/** Writes data by `JSON.stringify`. */
export function writeJson(data: unknown, attachments?: Attachment[], replacer?: Replacer): string | undefined {
  const extracted = extractBytes(data, "", 1, attachments ?? []);
  return JSON.stringify(attachments ? extracted : data, replacer);
}

import type { DecoderLimits, SocketPacket } from "@halyard/contracts";
import { limitError } from "./errors.ts";
import { resolveLimits, type ResolvedLimits } from "./limits.ts";
import { fromRawPacket } from "./raw-packet.ts";
import { byteLengthExceeds } from "./utf8.ts";

/**
 * Checks what a decoder of another format has made of a message, and turns it into a packet. It applies every rule of
 * the protocol and the limits on arguments and the namespace; bytes and attachments are for the decoder to count, and
 * so is depth unless it leaves that to {@link checkDepth}.
 * @throws `SOCKET_PARSE`
 *
 * @example
 * const raw = unpack(message);
 * checkDepth(raw, 256 + 1);
 * const packet = checkPacket(raw);
 */
export function checkPacket(value: unknown, limits?: DecoderLimits): SocketPacket {
  const packet = fromRawPacket(value);
  checkSizes(packet, resolveLimits(limits));
  return packet;
}

/** @throws `SOCKET_PARSE` for more arguments and longer names than the limits allow. */
export function checkSizes(packet: SocketPacket, { maxArguments, maxNamespaceLength }: ResolvedLimits): void {
  const { type, namespace } = packet;
  if ((type === "event" || type === "ack") && packet.data.length > maxArguments) throw limitError("maxArguments");
  if (!byteLengthExceeds(namespace, maxNamespaceLength)) return;
  // the query string that old clients append is no part of the name
  const [name = ""] = namespace.split("?", 1);
  if (byteLengthExceeds(name, maxNamespaceLength)) throw limitError("maxNamespaceLength");
}

import type { DecoderLimits, SocketPacket } from "@halyard/contracts";
import { parseError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { buildPacket, checkNamespace, isRecord, WireType } from "./packet-shape.ts";

/** Types of the incumbent's packets whose bytes travel apart; some decoders of its kind keep telling them. */
const BINARY_TYPES: ReadonlyMap<unknown, number> = new Map([
  [5, WireType.EVENT],
  [6, WireType.ACK],
]);

/**
 * Checks what a decoder has made of a message, `{ type, nsp, data, id }` with types as numbers, and turns it into a
 * packet. For parsers of other formats: it applies every rule of the protocol and every limit but the one on bytes,
 * which only the decoder itself can know.
 * @throws `SOCKET_PARSE`
 *
 * @example
 * const packet = checkPacket(unpack(message), { maxDepth: 64 });
 */
export function checkPacket(value: unknown, limits?: DecoderLimits): SocketPacket {
  const resolved = resolveLimits(limits);
  if (!isRecord(value)) throw parseError("a packet must be an object");
  const { type, nsp, data, id } = value;
  if (typeof nsp !== "string" || !nsp.startsWith("/")) throw parseError("a namespace must be a string that starts with /");
  checkNamespace(nsp, resolved);
  if (id !== undefined && !(typeof id === "number" && Number.isSafeInteger(id) && id >= 0))
    throw parseError("an id must be an integer from 0 to 2^53 - 1");
  if (typeof data === "object" && data !== null) checkDepth(data, resolved.maxDepth);
  const wireType = BINARY_TYPES.get(type) ?? type;
  if (typeof wireType !== "number") throw parseError("unknown packet type");
  return buildPacket(wireType, nsp, id, data, resolved);
}

function checkDepth(value: object, levels: number): void {
  if (levels === 0) throw parseError("data nested deeper than maxDepth");
  if (ArrayBuffer.isView(value)) return;
  const members: Iterable<unknown> = value instanceof Map || value instanceof Set ? value : Object.values(value);
  for (const member of members) if (typeof member === "object" && member !== null) checkDepth(member, levels - 1);
}

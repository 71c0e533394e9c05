import type { LogPlace, PacketOrigin } from "@halyard/contracts";

const EPOCH_LENGTH = 8;
const RADIX = 36;
const OFFSET = /^[\w-]{8}\.(?:0|[1-9a-z][0-9a-z]{0,10})$/;
const MARK = /^([\w-]{8}\.[1-9a-z][0-9a-z]{0,10})\.(0|[1-9a-z][0-9a-z]{0,10})$/;

/** Writes a place of a log as clients keep it and show it again: `epoch.position`. */
export function formatOffset(epoch: string, position: number): string {
  return `${epoch}.${position.toString(RADIX)}`;
}

/** Reads an offset that a client shows; gives nothing for what is none. */
export function parseOffset(offset: string): LogPlace | undefined {
  if (!OFFSET.test(offset)) return undefined;
  const position = Number.parseInt(offset.slice(EPOCH_LENGTH + 1), RADIX);
  return Number.isSafeInteger(position) ? { epoch: offset.slice(0, EPOCH_LENGTH), position } : undefined;
}

/** Writes the place of a packet for other servers: `epoch.position.previous`. */
export function formatMark({ epoch, position, previous }: PacketOrigin): string {
  return `${formatOffset(epoch, position)}.${previous.toString(RADIX)}`;
}

/** Reads what another server has written of a packet's place; gives nothing for what is none. */
export function parseMark(mark: unknown): PacketOrigin | undefined {
  const [, offset = "", last = ""] = (typeof mark === "string" && MARK.exec(mark)) || [];
  const place = parseOffset(offset);
  const previous = Number.parseInt(last, RADIX);
  return place !== undefined && previous < place.position ? { ...place, previous } : undefined;
}

import type { PacketOrigin, ReplayLog, ShownPlace } from "@halyard/contracts";

const RADIX = 36;
const OFFSET = /^([\w-]{8})\.(0|[1-9a-z][0-9a-z]{0,10})(?:~([\w\-.:!*]{1,500}))?$/;
const MARK = /^([\w-]{8}\.[1-9a-z][0-9a-z]{0,10})\.(0|[1-9a-z][0-9a-z]{0,10})$/;

/** Writes a place of a log as clients keep it and show it again: `epoch.position`, or `epoch.position~hint`. */
export function formatOffset(epoch: string, position: number, hint?: string): string {
  const place = `${epoch}.${position.toString(RADIX)}`;
  return hint === undefined ? place : `${place}~${hint}`;
}

/** Reads an offset that a client shows; gives nothing for what is none. */
export function parseOffset(offset: string): ShownPlace | undefined {
  const [, epoch = "", digits = "", hint] = OFFSET.exec(offset) ?? [];
  const position = Number.parseInt(digits, RADIX);
  if (!Number.isSafeInteger(position)) return undefined;
  return hint === undefined ? { epoch, position } : { epoch, position, hint };
}

/** Reads what a client shows of a log, and nothing where it has received nothing yet; `invalid` is what it cannot have received. */
export function readOffset(
  shown: unknown,
  log: Pick<ReplayLog, "epoch" | "position">,
): ShownPlace | undefined | "invalid" {
  if (shown === undefined || shown === null) return undefined;
  const offset = typeof shown === "string" ? parseOffset(shown) : undefined;
  if (offset === undefined || (offset.epoch === log.epoch && offset.position > log.position)) return "invalid";
  return offset;
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

import { randomBytes } from "node:crypto";
import type { LogPlace } from "@halyard/contracts";

const EPOCH_BYTES = 6; // eight characters, enough that no two runs of a log ever share one
const EPOCH_LENGTH = 8;
const RADIX = 36;
const OFFSET = /^[\w-]{8}\.(?:0|[1-9a-z][0-9a-z]{0,10})$/;

/** Makes the name of a new run of a log. */
export function createEpoch(): string {
  return randomBytes(EPOCH_BYTES).toString("base64url");
}

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

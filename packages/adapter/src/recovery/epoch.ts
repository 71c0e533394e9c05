import { randomBytes } from "node:crypto";

const EPOCH_BYTES = 6; // eight characters, enough that no two runs of a log ever share one

/** Makes the name of a new run of a log: eight characters. */
export function createEpoch(): string {
  return randomBytes(EPOCH_BYTES).toString("base64url");
}

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes up where a worker can be reached by others on this machine: a socket of the file system, or a named pipe. */
export function createAddress(): string {
  const name = `halyard-${process.pid}-${randomBytes(6).toString("hex")}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Removes what is left of an address whose process has ended; named pipes end by themselves. */
export function removeAddress(address: string): void {
  if (process.platform !== "win32") rmSync(address, { force: true });
}

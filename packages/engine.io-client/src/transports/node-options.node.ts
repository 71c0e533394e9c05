import type { Agent } from "node:http";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { NodeOptions, SocketOptions } from "../options.ts";

const SHARED = [
  "agent",
  "pfx",
  "key",
  "passphrase",
  "cert",
  "ca",
  "ciphers",
  "rejectUnauthorized",
  "checkServerIdentity",
  "localAddress",
  "family",
] as const satisfies readonly (keyof NodeOptions)[];

/** Options of one connection that `node:http`, `node:https` and `ws` all take; `checkServerIdentity` too, which `ws` types otherwise. */
export interface ConnectionOptions extends Pick<
  TlsOptions,
  "pfx" | "key" | "passphrase" | "cert" | "ca" | "ciphers" | "rejectUnauthorized"
> {
  agent?: Agent;
  localAddress?: string;
  family?: number;
}

/** Picks the options of a connection, TLS included. Those that were not given are left out. */
export function connectionOptions(given: SocketOptions): ConnectionOptions {
  const picked: Record<string, unknown> = {};
  for (const name of SHARED) if (given[name] !== undefined) picked[name] = given[name];
  // "none given" to users of this library, but "a fresh one for every request" to Node.js
  if (given.agent === false) delete picked["agent"];
  return picked;
}

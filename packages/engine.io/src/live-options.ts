import type { TransportName } from "@halyard/contracts";
import { resolveOptions, type ResolvedOptions, type ServerOptions } from "./options.ts";

/** The options of a server as its application sees them. */
export type VisibleOptions = {
  -readonly [Name in keyof ServerOptions]: Name extends "transports" ? TransportName[] : ServerOptions[Name];
};

/** An option that counts for what follows when it is changed while the server runs. */
export type LiveOption =
  | "allowEIO3"
  | "allowUpgrades"
  | "cookie"
  | "httpCompression"
  | "initialPacket"
  | "maxHttpBufferSize"
  | "perMessageDeflate"
  | "pingInterval"
  | "pingTimeout"
  | "transports"
  | "upgradeTimeout"
  | "wsEngine";

const LIVE: readonly LiveOption[] = [
  "allowEIO3",
  "allowUpgrades",
  "cookie",
  "httpCompression",
  "initialPacket",
  "maxHttpBufferSize",
  "perMessageDeflate",
  "pingInterval",
  "pingTimeout",
  "transports",
  "upgradeTimeout",
  "wsEngine",
];

/** The options of one server: those that its parts use, and what its application sees of them. */
export interface LiveOptions {
  /** One object for the life of the server; what it says changes. */
  readonly resolved: ResolvedOptions;
  /** With defaults for what was not given. An assignment to a live option is checked, and throws `BAD_OPTION`. */
  readonly visible: VisibleOptions;
}

/**
 * Resolves options so that some of them can be changed later. Nobody has to look for changes: those who keep something made
 * of an option are told by `onChange`.
 * @throws `BAD_OPTION` when an option has an impossible value
 */
export function createLiveOptions(given: ServerOptions, onChange: (name: LiveOption) => void): LiveOptions {
  const resolved = { ...resolveOptions(given) };
  const visible: VisibleOptions = withDefaults(given, resolved);
  for (const name of LIVE) {
    Object.defineProperty(visible, name, liveProperty(visible, name, resolved, onChange));
  }
  return { resolved, visible };
}

function liveProperty(
  visible: VisibleOptions,
  name: LiveOption,
  resolved: ResolvedOptions,
  onChange: (name: LiveOption) => void,
): PropertyDescriptor {
  let current: unknown = visible[name];
  return {
    enumerable: true,
    configurable: true,
    get: () => current,
    set: (value: unknown) => {
      const changed = resolveOptions({ ...visible, [name]: value });
      const { transports } = name === "transports" ? changed : resolved;
      Object.assign(resolved, changed, { transports });
      current = name === "transports" ? transports : value;
      onChange(name);
    },
  };
}

function withDefaults(given: ServerOptions, resolved: ResolvedOptions): VisibleOptions {
  return {
    ...given,
    pingTimeout: resolved.pingTimeoutMs,
    pingInterval: resolved.pingIntervalMs,
    upgradeTimeout: resolved.upgradeTimeoutMs,
    maxHttpBufferSize: resolved.maxPayloadBytes,
    transports: resolved.transports, // the very array: applications add to it
    allowUpgrades: resolved.allowUpgrades,
    allowEIO3: resolved.allowEIO3,
    perMessageDeflate: resolved.perMessageDeflate,
    httpCompression: given.httpCompression ?? { threshold: 1_024 },
    cors: given.cors ?? false,
    ...(resolved.cookie && { cookie: { name: resolved.cookie.name, ...resolved.cookie.attributes } }),
  };
}

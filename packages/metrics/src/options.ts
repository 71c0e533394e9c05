import { codedError } from "@halyard/core";
import type { NameNamespace } from "./namespace-names.ts";

/** A server as it is looked at once, to begin with what is open already. `Server` of `@halyard/server` is one. */
export interface ObservedServer {
  /** None before the server is attached. */
  readonly engine:
    | { readonly clients: Readonly<Record<string, { readonly transport: { readonly name: string } }>> }
    | undefined;
  readonly _nsps: ReadonlyMap<string, { readonly sockets: ReadonlyMap<string, unknown> }>;
}

/** What is counted, and how finely. */
export interface CountingOptions {
  /**
   * Servers that may have clients already: they are counted as open from the start. Not needed where counting begins before the
   * servers listen, as everything that happens in this process is counted.
   * @defaultValue []
   */
  readonly servers?: readonly ObservedServer[];
  /**
   * Whether to count packets and their bytes, which costs something for each. Those that are dropped or ignored are counted
   * anyway.
   * @defaultValue true
   */
  readonly packets?: boolean;
  /**
   * Whether to count acknowledgements that the server waits for, and how long they take.
   * @defaultValue true
   */
  readonly acks?: boolean;
  /**
   * Names of events to be told apart, in metrics of packets and acknowledgements; all others are `_OTHER`. Without a list events are not
   * told apart: clients choose the names of what they send.
   * @defaultValue []
   */
  readonly events?: readonly string[];
  /**
   * As what a namespace is counted: for those that are made by a pattern, such as `/room-1`, `/room-2`, answer one name for all.
   * @defaultValue its own name
   */
  readonly nameNamespace?: (namespace: string) => string;
  /**
   * Names of namespaces that are told apart; those that come after them are `_OTHER`.
   * @defaultValue 100
   */
  readonly maxNamespaces?: number;
}

/** The same with everything said. */
export interface ResolvedOptions {
  readonly servers: readonly ObservedServer[];
  readonly packets: boolean;
  readonly acks: boolean;
  readonly events: ReadonlySet<string>;
  readonly nameNamespace: NameNamespace;
  readonly maxNamespaces: number;
}

/** @throws `INVALID_OPTION` */
export function resolveOptions(options: CountingOptions): ResolvedOptions {
  const { maxNamespaces = 100, events = [], servers = [], nameNamespace = ownName } = options;
  if (!Number.isSafeInteger(maxNamespaces) || maxNamespaces < 1)
    throw codedError("INVALID_OPTION", "maxNamespaces is a whole number, and at least 1");
  if (!Array.isArray(events)) throw codedError("INVALID_OPTION", "events is a list of names");
  if (typeof nameNamespace !== "function") throw codedError("INVALID_OPTION", "nameNamespace is a function");
  if (!Array.isArray(servers)) throw codedError("INVALID_OPTION", "servers is a list: servers: [io]");
  return Object.freeze({
    servers,
    packets: options.packets ?? true,
    acks: options.acks ?? true,
    events: new Set(events),
    nameNamespace,
    maxNamespaces,
  });
}

function ownName(namespace: string): string {
  return namespace;
}

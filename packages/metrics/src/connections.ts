import type { Book, Distribution } from "./book.ts";
import { BoundedNames } from "./bounded-names.ts";
import { OTHER } from "./definitions.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import { OpenItems } from "./open-items.ts";
import type { ObservedServer } from "./options.ts";
import type { Series } from "./tally.ts";

/** Codes of errors that are told apart: there are fewer, but Node.js and applications have some of their own. */
const MAX_CODES = 50;

/** The names in `Server.errors`, by their numbers. */
const REFUSALS: readonly string[] = [
  "UNKNOWN_TRANSPORT",
  "UNKNOWN_SID",
  "BAD_HANDSHAKE_METHOD",
  "BAD_REQUEST",
  "FORBIDDEN",
  "UNSUPPORTED_PROTOCOL_VERSION",
];

/** From a moment of a handshake to days. */
const LIFETIMES = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600];
const UPGRADE_TIMES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts Engine.IO sessions. */
export function countConnections(book: Book, servers: readonly ObservedServer[]): Listeners<ChannelsOf<"engine">> {
  const codes = new BoundedNames(MAX_CODES);
  const sessions = countSessions(book, servers, codes);
  const refusals = countRefusals(book, codes);
  const attempt = countUpgrades(book);
  return {
    ...sessions.listeners,
    ...refusals,
    "halyard:engine:upgrade": ({ connectionId, to, durationMs }) => {
      sessions.move(connectionId, to);
      attempt(durationMs / 1000, { "halyard.transport": to });
    },
    "halyard:engine:upgrade-fail": ({ to, reason, durationMs }) =>
      attempt(durationMs / 1000, { "halyard.transport": to, "error.type": reason }),
  };
}

interface Sessions {
  readonly listeners: Listeners<`halyard:engine:${"open" | "close"}`>;
  /** A session is on another transport. */
  move(id: string, transport: string): void;
}

function countSessions(book: Book, servers: readonly ObservedServer[], codes: BoundedNames): Sessions {
  const connections = book.upDownCounter({
    name: "halyard.connections",
    unit: "{connection}",
    description: "Connections (Engine.IO sessions) that are open.",
    attributes: ["halyard.transport"],
  });
  const opened = book.counter({
    name: "halyard.connection.opened",
    unit: "{connection}",
    description: "Connections that were opened.",
    attributes: ["halyard.transport", "halyard.protocol"],
  });
  const closed = book.counter({
    name: "halyard.connection.closed",
    unit: "{connection}",
    description: "Connections that have ended, by reason; and by the code of the error, where there is one.",
    attributes: ["halyard.transport", "halyard.reason", "error.type"],
  });
  const duration = book.histogram({
    name: "halyard.connection.duration",
    description: "How long connections were open.",
    attributes: ["halyard.transport"],
    boundaries: LIFETIMES,
  });

  const open = new OpenItems();
  const on = (transport: string): Series => connections.at({ "halyard.transport": transport });
  for (const { engine } of servers)
    for (const [id, { transport }] of Object.entries(engine?.clients ?? {})) open.enter(id, on(transport.name));
  const listeners: Sessions["listeners"] = {
    "halyard:engine:open": ({ connectionId, transport, protocol }) => {
      open.enter(connectionId, on(transport));
      opened.at({ "halyard.transport": transport, "halyard.protocol": String(protocol) }).value++;
    },
    "halyard:engine:close": ({ connectionId, transport, reason, code, durationMs }) => {
      open.leave(connectionId);
      const error = code === undefined ? {} : { "error.type": codes.admit(code) };
      closed.at({ "halyard.transport": transport, "halyard.reason": reason, ...error }).value++;
      duration(durationMs / 1000, { "halyard.transport": transport });
    },
  };
  return { listeners, move: (id, transport) => open.move(id, on(transport)) };
}

function countRefusals(book: Book, codes: BoundedNames): Listeners<"halyard:engine:refuse"> {
  const refused = book.counter({
    name: "halyard.connection.refused",
    unit: "{request}",
    description: "Requests that were refused, by the name of the code, or what it was in particular.",
    attributes: ["error.type", "halyard.transport"],
  });
  return {
    "halyard:engine:refuse": ({ code, detail, transport }) => {
      const asked = transport === undefined ? {} : { "halyard.transport": transport };
      const error = detail === undefined ? (REFUSALS[code] ?? OTHER) : codes.admit(detail);
      refused.at({ "error.type": error, ...asked }).value++;
    },
  };
}

function countUpgrades(book: Book): Distribution<"halyard.transport" | "error.type"> {
  return book.histogram({
    name: "halyard.upgrade.duration",
    description: "How long it took to move connections to another transport; with why not, where that failed.",
    attributes: ["halyard.transport", "error.type"],
    boundaries: UPGRADE_TIMES,
  });
}

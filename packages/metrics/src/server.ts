import type { Book } from "./book.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import type { NamespaceNames } from "./namespace-names.ts";

/** Counts what goes wrong in servers, and their ends. */
export function countServers(book: Book, namespaces: NamespaceNames): Listeners<ChannelsOf<"server">> {
  const violations = book.counter({
    name: "halyard.violations",
    unit: "{violation}",
    description: "Connections that are ended because their client broke the Socket.IO protocol or crossed a limit.",
    attributes: ["error.type"],
  });
  const errors = book.counter({
    name: "halyard.application.errors",
    unit: "{error}",
    description: "Failures of application code: listeners, middlewares, callbacks, adapters.",
    attributes: ["halyard.namespace"],
  });
  const draining = book.upDownCounter({
    name: "halyard.draining",
    unit: "{server}",
    description: "Servers that are disconnecting their clients over a time.",
    attributes: [],
  });
  const leftOver = book.counter({
    name: "halyard.drain.left_over",
    unit: "{connection}",
    description: "Connections that were still there when the time to disconnect them was over.",
    attributes: [],
  });
  return {
    "halyard:server:violation": ({ kind }) => {
      violations.at({ "error.type": kind }).value++;
    },
    "halyard:server:error": ({ namespace }) => {
      errors.at(namespace === undefined ? {} : { "halyard.namespace": namespaces.of(namespace) }).value++;
    },
    "halyard:server:drain-start": () => {
      draining.at({}).value++;
    },
    "halyard:server:drain-end": ({ connections }) => {
      const now = draining.at({});
      now.value = Math.max(0, now.value - 1); // it may have begun before anybody counted
      leftOver.at({}).value += connections;
    },
  };
}

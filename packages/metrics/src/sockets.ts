import type { Book } from "./book.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import type { NamespaceNames } from "./namespace-names.ts";
import { OpenItems } from "./open-items.ts";
import type { ObservedServer } from "./options.ts";

/** Counts sockets of namespaces, and what became of those who came back. */
export function countSockets(
  book: Book,
  namespaces: NamespaceNames,
  servers: readonly ObservedServer[],
): Listeners<ChannelsOf<"socket">> {
  return {
    ...countConnected(book, namespaces, servers),
    ...countRefused(book, namespaces),
    ...countRecoveries(book, namespaces),
  };
}

function countConnected(
  book: Book,
  namespaces: NamespaceNames,
  servers: readonly ObservedServer[],
): Listeners<`halyard:socket:${"connect" | "disconnect"}`> {
  const sockets = book.upDownCounter({
    name: "halyard.sockets",
    unit: "{socket}",
    description: "Sockets that are connected to a namespace.",
    attributes: ["halyard.namespace"],
  });
  const connected = book.counter({
    name: "halyard.socket.connected",
    unit: "{socket}",
    description: "Sockets that were connected to a namespace, those that were recovered among them.",
    attributes: ["halyard.namespace"],
  });
  const disconnected = book.counter({
    name: "halyard.socket.disconnected",
    unit: "{socket}",
    description: "Sockets that are gone, by reason.",
    attributes: ["halyard.namespace", "halyard.reason"],
  });

  const open = new OpenItems();
  const enter = (id: string, namespace: string): void =>
    open.enter(id, sockets.at({ "halyard.namespace": namespaces.admit(namespace) }));
  for (const { _nsps: all } of servers)
    for (const [namespace, { sockets: those }] of all) {
      namespaces.admit(namespace);
      for (const id of those.keys()) enter(id, namespace);
    }

  return {
    "halyard:socket:connect": ({ socketId, namespace }) => {
      enter(socketId, namespace);
      connected.at({ "halyard.namespace": namespaces.admit(namespace) }).value++;
    },
    "halyard:socket:disconnect": ({ socketId, namespace, reason }) => {
      open.leave(socketId);
      disconnected.at({ "halyard.namespace": namespaces.of(namespace), "halyard.reason": reason }).value++;
    },
  };
}

function countRefused(book: Book, namespaces: NamespaceNames): Listeners<"halyard:socket:refuse"> {
  const refused = book.counter({
    name: "halyard.socket.refused",
    unit: "{socket}",
    description: "Clients that were not let into a namespace, by reason.",
    attributes: ["halyard.namespace", "error.type"],
  });
  return {
    "halyard:socket:refuse": ({ namespace, reason }) => {
      // middlewares are a namespace's: there is one
      const name = reason.startsWith("middleware") ? namespaces.admit(namespace) : namespaces.of(namespace);
      refused.at({ "halyard.namespace": name, "error.type": reason }).value++;
    },
  };
}

function countRecoveries(
  book: Book,
  namespaces: NamespaceNames,
): Listeners<`halyard:socket:${"recover" | "recover-fail"}`> {
  const recoveries = book.counter({
    name: "halyard.recoveries",
    unit: "{recovery}",
    description: "Clients that asked for their former socket; with why they did not get it, where they did not.",
    attributes: ["halyard.namespace", "error.type"],
  });
  const replayed = book.counter({
    name: "halyard.recovery.replayed",
    unit: "{message}",
    description:
      "Messages that recovered clients had missed and were sent; a packet is one, and one for each attachment.",
    attributes: ["halyard.namespace"],
  });

  return {
    "halyard:socket:recover": ({ namespace, messages }) => {
      const attributes = { "halyard.namespace": namespaces.admit(namespace) };
      recoveries.at(attributes).value++;
      replayed.at(attributes).value += messages;
    },
    "halyard:socket:recover-fail": ({ namespace, reason }) => {
      recoveries.at({ "halyard.namespace": namespaces.admit(namespace), "error.type": reason }).value++;
    },
  };
}

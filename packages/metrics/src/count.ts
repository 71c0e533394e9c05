import { channelNames, type ChannelName } from "@halyard/diagnostics";
import { countAcks } from "./acks.ts";
import { countAdapters } from "./adapters.ts";
import type { Book } from "./book.ts";
import { countConnections } from "./connections.ts";
import { listen, type Listeners } from "./listeners.ts";
import { NamespaceNames } from "./namespace-names.ts";
import type { ResolvedOptions } from "./options.ts";
import { countPackets } from "./packets.ts";
import { countServers } from "./server.ts";
import { countSockets } from "./sockets.ts";

/** Writes all metrics into a book, and counts from now on; returns what ends that. */
export function count(book: Book, options: ResolvedOptions): () => void {
  const listeners = createListeners(book, options);
  const silent = silentChannels(options);
  const ends = channelNames.filter((name) => !silent.has(name)).map((name) => listen(name, listeners));
  return () => {
    for (const end of ends) end();
  };
}

/** One for each channel: the compiler sees if one is missing. */
function createListeners(book: Book, { servers, events, ...options }: ResolvedOptions): Listeners<ChannelName> {
  const namespaces = new NamespaceNames(options.maxNamespaces, options.nameNamespace);
  return {
    ...countConnections(book, servers),
    ...countSockets(book, namespaces, servers),
    ...countPackets(book, namespaces, events),
    ...countAcks(book, namespaces, events),
    ...countServers(book, namespaces),
    ...countAdapters(book),
  };
}

/** Publishers make no messages for channels that nobody listens to. */
function silentChannels({ packets, acks }: ResolvedOptions): ReadonlySet<ChannelName> {
  const silent = new Set<ChannelName>();
  if (!packets) for (const name of ["halyard:packet:receive", "halyard:packet:send"] as const) silent.add(name);
  if (!acks) for (const name of ["halyard:ack:ask", "halyard:ack:settle"] as const) silent.add(name);
  return silent;
}

import type { Book } from "./book.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import { OpenItems } from "./open-items.ts";

const QUERY_TIMES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The channels that tell of a server's node, and of what waits in it. */
type NodeChannel = "up" | "down" | "join" | "leave" | "close" | "backlog";
type NodeListeners = Listeners<`halyard:adapter:${NodeChannel}`>;

/** Counts what happens between servers. */
export function countAdapters(book: Book): Listeners<ChannelsOf<"adapter">> {
  return { ...countNodes(book), ...countLosses(book), ...countQueries(book) };
}

/** What is there, which goes with its node. */
function countNodes(book: Book): NodeListeners {
  const nodes = countReachable(book);
  const peers = countPeers(book);
  const backlog = countBacklog(book);
  return {
    "halyard:adapter:up": ({ nodeId }) => nodes.up(nodeId),
    "halyard:adapter:down": ({ nodeId }) => nodes.down(nodeId),
    "halyard:adapter:join": ({ nodeId, peerId }) => peers.join(nodeId, peerId),
    "halyard:adapter:leave": ({ nodeId, peerId }) => peers.leave(nodeId, peerId),
    "halyard:adapter:backlog": ({ nodeId, messages, bytes }) => backlog.set(nodeId, messages, bytes),
    "halyard:adapter:close": ({ nodeId }) => {
      nodes.close(nodeId);
      peers.close(nodeId);
      backlog.set(nodeId, 0, 0);
    },
  };
}

interface ReachableNodes {
  up(nodeId: string): void;
  down(nodeId: string): void;
  close(nodeId: string): void;
}

function countReachable(book: Book): ReachableNodes {
  const nodes = book.upDownCounter({
    name: "halyard.adapter.nodes",
    unit: "{node}",
    description: "Nodes in this process whose backend can be reached (`up`), or cannot (`down`).",
    attributes: ["halyard.adapter.state"],
  });
  const outages = book.counter({
    name: "halyard.adapter.outages",
    unit: "{outage}",
    description: "How often a backend could not be reached any more.",
    attributes: [],
  });
  const states = new OpenItems();
  const [up, down] = [nodes.at({ "halyard.adapter.state": "up" }), nodes.at({ "halyard.adapter.state": "down" })];
  return {
    up(nodeId) {
      states.leave(nodeId);
      states.enter(nodeId, up);
    },
    down(nodeId) {
      states.leave(nodeId);
      states.enter(nodeId, down);
      outages.at({}).value++;
    },
    close: (nodeId) => void states.leave(nodeId),
  };
}

interface Peers {
  join(nodeId: string, peerId: string): void;
  leave(nodeId: string, peerId: string): void;
  close(nodeId: string): void;
}

function countPeers(book: Book): Peers {
  const peers = book.upDownCounter({
    name: "halyard.adapter.peers",
    unit: "{node}",
    description: "Other nodes that are heard.",
    attributes: [],
  });
  const joined = book.counter({
    name: "halyard.adapter.peer.joined",
    unit: "{node}",
    description: "Other nodes that were heard for the first time.",
    attributes: [],
  });
  const left = book.counter({
    name: "halyard.adapter.peer.left",
    unit: "{node}",
    description: "Other nodes that have left, or were silent for too long.",
    attributes: [],
  });
  const heardBy = new Map<string, OpenItems>();
  return {
    join(nodeId, peerId) {
      let heard = heardBy.get(nodeId);
      if (heard === undefined) heardBy.set(nodeId, (heard = new OpenItems()));
      heard.enter(peerId, peers.at({}));
      joined.at({}).value++;
    },
    leave(nodeId, peerId) {
      heardBy.get(nodeId)?.leave(peerId);
      left.at({}).value++;
    },
    close(nodeId) {
      heardBy.get(nodeId)?.leaveAll();
      heardBy.delete(nodeId);
    },
  };
}

interface Backlogs {
  /** What waits now in a node. */
  set(nodeId: string, messages: number, bytes: number): void;
}

function countBacklog(book: Book): Backlogs {
  const waiting = book.upDownCounter({
    name: "halyard.adapter.backlog.messages",
    unit: "{message}",
    description:
      "Messages to other nodes that wait for the backend: as of when the bytes had last doubled, or none waited.",
    attributes: [],
  });
  const waitingBytes = book.upDownCounter({
    name: "halyard.adapter.backlog.size",
    unit: "By",
    description: "Bytes of the messages to other nodes that wait for the backend, as of then.",
    attributes: [],
  });
  const backlogs = new Map<string, { readonly messages: number; readonly bytes: number }>();
  return {
    set(nodeId, messages, bytes) {
      const before = backlogs.get(nodeId);
      waiting.at({}).value += messages - (before?.messages ?? 0);
      waitingBytes.at({}).value += bytes - (before?.bytes ?? 0);
      if (messages === 0) backlogs.delete(nodeId);
      else backlogs.set(nodeId, { messages, bytes });
    },
  };
}

/** What did not get through. */
function countLosses(book: Book): Listeners<`halyard:adapter:${"drop" | "gap" | "malformed"}`> {
  const dropped = book.counter({
    name: "halyard.adapter.dropped",
    unit: "{message}",
    description: "Messages to other nodes that were never sent.",
    attributes: [],
  });
  const gaps = book.counter({
    name: "halyard.adapter.gaps",
    unit: "{gap}",
    description: "How often messages of other nodes may have been missed.",
    attributes: [],
  });
  const malformed = book.counter({
    name: "halyard.adapter.malformed",
    unit: "{message}",
    description: "Messages of other nodes that could not be read.",
    attributes: [],
  });
  return {
    "halyard:adapter:drop": ({ messages }) => {
      dropped.at({}).value += messages;
    },
    "halyard:adapter:gap": () => {
      gaps.at({}).value++;
    },
    "halyard:adapter:malformed": () => {
      malformed.at({}).value++;
    },
  };
}

function countQueries(book: Book): Listeners<"halyard:adapter:query"> {
  const duration = book.histogram({
    name: "halyard.adapter.query.duration",
    description: "How long questions to other nodes took; with `incomplete` where not all have answered.",
    attributes: ["halyard.query.kind", "error.type"],
    boundaries: QUERY_TIMES,
  });
  const unanswered = book.counter({
    name: "halyard.adapter.query.missing",
    unit: "{node}",
    description: "Nodes whose answer to a question was not complete, by reason.",
    attributes: ["halyard.query.kind", "halyard.reason"],
  });
  return {
    "halyard:adapter:query": ({ kind, missing, durationMs }) => {
      const error = missing.length > 0 ? { "error.type": "incomplete" } : {};
      duration(durationMs / 1000, { "halyard.query.kind": kind, ...error });
      for (const { reason } of missing) unanswered.at({ "halyard.query.kind": kind, "halyard.reason": reason }).value++;
    },
  };
}

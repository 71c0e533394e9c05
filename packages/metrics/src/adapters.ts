import type { Book } from "./book.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import { OpenItems } from "./open-items.ts";

const QUERY_TIMES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what happens between servers. */
export function countAdapters(book: Book): Listeners<ChannelsOf<"adapter">> {
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
    description: "Bytes of the messages to other nodes that wait for the backend.",
    attributes: [],
  });
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
  const query = book.histogram({
    name: "halyard.adapter.query.duration",
    description: "How long questions to other nodes took; with `incomplete` where not all have answered.",
    attributes: ["halyard.query.kind", "error.type"],
    boundaries: QUERY_TIMES,
  });
  const missing = book.counter({
    name: "halyard.adapter.query.missing",
    unit: "{node}",
    description: "Nodes whose answer to a question was not complete, by reason.",
    attributes: ["halyard.query.kind", "halyard.reason"],
  });

  const states = new OpenItems();
  const [up, down] = [nodes.at({ "halyard.adapter.state": "up" }), nodes.at({ "halyard.adapter.state": "down" })];
  const heard = new OpenItems();
  const backlogs = new Map<string, { readonly messages: number; readonly bytes: number }>();
  return {
    "halyard:adapter:up": ({ nodeId }) => {
      states.leave(nodeId);
      states.enter(nodeId, up);
    },
    "halyard:adapter:down": ({ nodeId }) => {
      states.leave(nodeId);
      states.enter(nodeId, down);
      outages.at({}).value++;
    },
    "halyard:adapter:join": ({ nodeId, peerId }) => {
      heard.enter(`${nodeId} ${peerId}`, peers.at({}));
      joined.at({}).value++;
    },
    "halyard:adapter:leave": ({ nodeId, peerId }) => {
      heard.leave(`${nodeId} ${peerId}`);
      left.at({}).value++;
    },
    "halyard:adapter:backlog": ({ nodeId, messages, bytes }) => {
      const before = backlogs.get(nodeId);
      waiting.at({}).value += messages - (before?.messages ?? 0);
      waitingBytes.at({}).value += bytes - (before?.bytes ?? 0);
      if (messages === 0) backlogs.delete(nodeId);
      else backlogs.set(nodeId, { messages, bytes });
    },
    "halyard:adapter:drop": ({ messages }) => {
      dropped.at({}).value += messages;
    },
    "halyard:adapter:gap": () => {
      gaps.at({}).value++;
    },
    "halyard:adapter:malformed": () => {
      malformed.at({}).value++;
    },
    "halyard:adapter:query": ({ kind, missing: nodesMissing, durationMs }) => {
      const error = nodesMissing.length > 0 ? { "error.type": "incomplete" } : {};
      query(durationMs / 1000, { "halyard.query.kind": kind, ...error });
      for (const { reason } of nodesMissing)
        missing.at({ "halyard.query.kind": kind, "halyard.reason": reason }).value++;
    },
  };
}

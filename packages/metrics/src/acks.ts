import type { AckOutcome } from "@halyard/diagnostics";
import type { Attributes } from "./definitions.ts";
import type { Book } from "./book.ts";
import { Breakdown } from "./breakdown.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import type { NamespaceNames } from "./namespace-names.ts";

/** From a client in the same building to the timeouts that applications set. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Outcomes = Readonly<Record<AckOutcome, Attributes<"halyard.namespace" | "halyard.event" | "error.type">>>;

/** Counts acknowledgements that the server waits for. */
export function countAcks(
  book: Book,
  namespaces: NamespaceNames,
  events: ReadonlySet<string>,
): Listeners<ChannelsOf<"ack">> {
  const requested = book.counter({
    name: "halyard.ack.requested",
    unit: "{acknowledgement}",
    description: "Events that were sent with a request for an acknowledgement; a broadcast counts once.",
    attributes: ["halyard.namespace", "halyard.event"],
  });
  const duration = book.histogram({
    name: "halyard.ack.duration",
    description: "How long acknowledgements were waited for; with how that ended, where not all have answered.",
    attributes: ["halyard.namespace", "halyard.event", "error.type"],
    boundaries: LATENCIES,
  });
  const asked = new Breakdown(namespaces, events, (split) => requested.at(split));
  const settled = new Breakdown<Outcomes>(namespaces, events, (split) => ({
    answered: split,
    timeout: { ...split, "error.type": "timeout" },
    disconnected: { ...split, "error.type": "disconnected" },
  }));
  return {
    "halyard:ack:ask": ({ namespace, event }) => {
      asked.ofKnown(namespace, event).value++;
    },
    "halyard:ack:settle": ({ namespace, event, outcome, durationMs }) =>
      duration(durationMs / 1000, settled.ofKnown(namespace, event)[outcome]),
  };
}

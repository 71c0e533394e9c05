import type { PacketReceive } from "@halyard/diagnostics";
import type { Book } from "./book.ts";
import { Breakdown } from "./breakdown.ts";
import type { ChannelsOf, Listeners } from "./listeners.ts";
import type { NamespaceNames } from "./namespace-names.ts";
import type { Series } from "./tally.ts";

/** What packets of one kind are counted in. */
interface Flow {
  readonly packets: Series;
  readonly bytes: Series;
}
type PacketType = PacketReceive["type"];

/** The flows of each type, made with the first packet of it. */
class Flows {
  readonly #flows: Partial<Record<PacketType, Flow>> = {};
  readonly #make: (type: PacketType) => Flow;

  constructor(make: (type: PacketType) => Flow) {
    this.#make = make;
  }

  add(type: PacketType, packets: number, bytes: number): void {
    const flow = (this.#flows[type] ??= this.#make(type));
    flow.packets.value += packets;
    flow.bytes.value += bytes;
  }
}

/** Counts packets. */
export function countPackets(
  book: Book,
  namespaces: NamespaceNames,
  events: ReadonlySet<string>,
): Listeners<ChannelsOf<"packet">> {
  return { ...countTraffic(book, namespaces, events), ...countLosses(book, namespaces) };
}

/** What comes and goes. Of what is done for each packet: two look-ups, two additions. */
function countTraffic(
  book: Book,
  namespaces: NamespaceNames,
  events: ReadonlySet<string>,
): Listeners<`halyard:packet:${"receive" | "send"}`> {
  const packets = book.counter({
    name: "halyard.packets",
    unit: "{packet}",
    description: "Socket.IO packets that have come in, and that went out: a broadcast counts once for each recipient.",
    attributes: ["network.io.direction", "halyard.namespace", "halyard.packet.type", "halyard.event"],
  });
  const io = book.counter({
    name: "halyard.packet.io",
    unit: "By",
    description: "Bytes of Socket.IO packets with their attachments, without the engine's framing and compression.",
    attributes: ["network.io.direction", "halyard.namespace", "halyard.event"],
  });

  const flowing = (direction: "receive" | "transmit"): Breakdown<Flows> =>
    new Breakdown(namespaces, events, (split) => {
      const attributes = { "network.io.direction": direction, ...split };
      return new Flows((type) => ({
        packets: packets.at({ ...attributes, "halyard.packet.type": type }),
        bytes: io.at(attributes),
      }));
    });
  const [received, sent] = [flowing("receive"), flowing("transmit")];

  return {
    "halyard:packet:receive": ({ namespace, type, event, bytes }) => {
      received.of(namespace, event).add(type, 1, bytes);
    },
    "halyard:packet:send": ({ namespace, type, event, bytes, recipients }) => {
      // a refusal names what the client has asked for
      const flows = type === "connect_error" ? sent.of(namespace, event) : sent.ofKnown(namespace, event);
      flows.add(type, recipients, bytes * recipients);
    },
  };
}

/** What does not leave, or is not looked at. */
function countLosses(book: Book, namespaces: NamespaceNames): Listeners<`halyard:packet:${"drop" | "ignore"}`> {
  const dropped = book.counter({
    name: "halyard.packet.dropped",
    unit: "{packet}",
    description: "Packets to one client that did not leave, by reason.",
    attributes: ["halyard.reason"],
  });
  const ignored = book.counter({
    name: "halyard.packet.ignored",
    unit: "{packet}",
    description: "Packets of clients that were skipped, by reason.",
    attributes: ["halyard.namespace", "halyard.reason"],
  });
  return {
    "halyard:packet:drop": ({ reason }) => {
      dropped.at({ "halyard.reason": reason }).value++;
    },
    "halyard:packet:ignore": ({ namespace, reason }) => {
      ignored.at({ "halyard.namespace": namespaces.of(namespace), "halyard.reason": reason }).value++;
    },
  };
}

import type {
  EngineMessage,
  EventData,
  LoggedPacket,
  PacketNotes,
  Parser,
  ReplayLog,
  Selection,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { DeliveryOrder } from "./delivery-order.ts";
import { formatOffset } from "./offset.ts";

/** How often an event is encoded again because encoding it has sent others. */
const MAX_ATTEMPTS = 4;

/** Encodes the events of one namespace for clients that keep the offset of the last one: the string at its end. */
export class EventSeal {
  readonly #log: ReplayLog;
  readonly #parser: Parser;
  readonly #namespace: string;
  readonly #order: Pick<DeliveryOrder, "isBusy">;

  constructor(log: ReplayLog, parser: Parser, namespace: string, order: Pick<DeliveryOrder, "isBusy">) {
    this.#log = log;
    this.#parser = parser;
    this.#namespace = namespace;
    this.#order = order;
  }

  /**
   * Encodes an event with its own offset and logs it.
   * @throws `SOCKET_ENCODE`
   */
  log(to: Selection | string, data: EventData, notes: PacketNotes): LoggedPacket {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { epoch, position } = this.#log;
      const messages = this.#encode([...data, this.#offset(epoch, position + 1, notes.origin)]);
      // a toJSON() that sends events takes the position: packets must be logged in the order in which they leave
      if (this.#log.position === position) return this.#log.append(to, messages, notes);
    }
    throw codedError("SOCKET_ENCODE", "the event's data sends events while it is encoded, as in toJSON()");
  }

  /**
   * Encodes an event that is not logged. Clients take any string at its end for an offset, so that one must be there: the present
   * one, as they have got everything up to it when they get this.
   * @throws `SOCKET_ENCODE`
   */
  pass(data: EventData): readonly EngineMessage[] {
    const { epoch, position } = this.#log;
    return this.#encode(typeof data.at(-1) === "string" ? [...data, this.#offset(epoch, position)] : data);
  }

  /** What waits for a delivery that is under way may be overtaken by what that does to sessions: its hint would not be true any more. */
  #offset(epoch: string, position: number, origin?: PacketNotes["origin"]): string {
    const hint = this.#order.isBusy ? undefined : this.#log.hint?.(position, origin);
    return formatOffset(epoch, position, hint);
  }

  #encode(data: EventData): readonly EngineMessage[] {
    return this.#parser.encode({ type: "event", namespace: this.#namespace, data });
  }
}

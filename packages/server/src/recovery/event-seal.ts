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
import { formatOffset } from "./offset.ts";

/** How often an event is encoded again because encoding it has sent others. */
const MAX_ATTEMPTS = 4;

/** Encodes the events of one namespace for clients that keep the offset of the last one: the string at its end. */
export class EventSeal {
  readonly #log: ReplayLog;
  readonly #parser: Parser;
  readonly #namespace: string;

  constructor(log: ReplayLog, parser: Parser, namespace: string) {
    this.#log = log;
    this.#parser = parser;
    this.#namespace = namespace;
  }

  /**
   * Encodes an event with its own offset and logs it.
   * @throws `SOCKET_ENCODE`
   */
  log(to: Selection | string, data: EventData, notes: PacketNotes): LoggedPacket {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { epoch, position } = this.#log;
      const messages = this.#encode([...data, formatOffset(epoch, position + 1)]);
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
    return this.#encode(typeof data.at(-1) === "string" ? [...data, formatOffset(epoch, position)] : data);
  }

  #encode(data: EventData): readonly EngineMessage[] {
    return this.#parser.encode({ type: "event", namespace: this.#namespace, data });
  }
}

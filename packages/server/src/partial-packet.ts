import type { Decoder, EngineMessage } from "@halyard/contracts";
import type { DeadlineEntry } from "@halyard/core";
import { packetReceive } from "@halyard/diagnostics";

/** What is done about a packet whose attachments do not come. */
interface Incomplete {
  rejectPartial(): void;
}

/** A packet that waits for its attachments, and the time that they have. */
export class PartialPacket implements DeadlineEntry {
  readonly decoder: Decoder;
  /** Bytes of what has come of it, if anybody wants to know. */
  receivedBytes = 0;
  readonly #connection: Incomplete;

  constructor(connection: Incomplete, decoder: Decoder) {
    this.#connection = connection;
    this.decoder = decoder;
  }

  /** A part of it has come. */
  count(message: EngineMessage): void {
    if (packetReceive.hasSubscribers) this.receivedBytes += Buffer.byteLength(message);
  }

  onDeadline(): void {
    this.#connection.rejectPartial();
  }
}

import type { Decoder } from "@halyard/contracts";
import type { DeadlineEntry } from "@halyard/core";

/** What is done about a packet whose attachments do not come. */
interface Incomplete {
  rejectPartial(): void;
}

/** A packet that waits for its attachments, and the time that they have. */
export class PartialPacket implements DeadlineEntry {
  readonly decoder: Decoder;
  readonly #connection: Incomplete;

  constructor(connection: Incomplete, decoder: Decoder) {
    this.#connection = connection;
    this.decoder = decoder;
  }

  onDeadline(): void {
    this.#connection.rejectPartial();
  }
}

import type { BusBacklog } from "@halyard/contracts";
import { adapterBacklog } from "@halyard/diagnostics";

/** Tells of a backlog when it begins, whenever it has doubled, and when it is over: seldom, however many messages wait. */
export class BacklogReport {
  readonly #nodeId: string;
  #toldBytes = 0;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** Something was added, or taken away. */
  onChange({ messages, bytes }: BusBacklog): void {
    const isOver = bytes === 0;
    if (isOver ? this.#toldBytes === 0 : bytes < 2 * this.#toldBytes) return;
    this.#toldBytes = bytes;
    adapterBacklog.publish({ nodeId: this.#nodeId, messages, bytes });
  }
}

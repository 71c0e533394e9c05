import type { Clock, RecoveryLimits } from "@halyard/contracts";
import { DeadlineQueue, type DeadlineEntry } from "@halyard/core";

/** A session whose client is away. */
export interface LostSession extends DeadlineEntry {
  /** Its client is given up. */
  giveUp(): void;
}

/** Bounds the sessions of a server that wait for their clients, in number and in time. */
export class LostSessions {
  readonly #deadlines: DeadlineQueue;
  readonly #max: number;
  /** In the order in which they were lost. */
  readonly #lost = new Set<LostSession>();

  constructor(clock: Clock, limits: Pick<RecoveryLimits, "maxDisconnectionMs" | "maxLostSessions">) {
    this.#deadlines = new DeadlineQueue(clock, limits.maxDisconnectionMs);
    this.#max = limits.maxLostSessions;
  }

  get size(): number {
    return this.#lost.size;
  }

  /** Starts the wait; may cost the session that was lost first its place. */
  add(session: LostSession): void {
    this.#lost.add(session);
    this.#deadlines.start(session);
    if (this.#lost.size <= this.#max) return;
    for (const oldest of this.#lost) {
      this.delete(oldest);
      oldest.giveUp();
      return;
    }
  }

  /** Ends the wait, because the client is back, or never comes. */
  delete(session: LostSession): void {
    this.#lost.delete(session);
    this.#deadlines.stop(session);
  }

  close(): void {
    this.#lost.clear();
    this.#deadlines.close();
  }
}

import type { Awaitable, Clock } from "@halyard/contracts";

/** How long clients wait for a server that has not joined the others yet. */
const MAX_WAIT_MS = 5_000;

/** Holds up what needs to know what other servers have sent, until this one has joined them, or for a while. */
export class Joining {
  readonly #clock: Clock;
  /** Settles once this server has joined the others; absent afterwards, and before it begins to. */
  #waited: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This server has begun to join the others. */
  begin(joined: Promise<unknown>): void {
    const waited = new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(resolve, MAX_WAIT_MS, true);
      joined.then(() => resolve(), resolve).finally(() => timer.cancel());
    });
    this.#waited = waited;
    void waited.then(() => {
      if (this.#waited === waited) this.#waited = undefined;
    });
  }

  /** Acts at once, unless it has to be waited for. */
  after<Result>(act: () => Awaitable<Result>): Awaitable<Result> {
    return this.#waited === undefined ? act() : this.#waited.then(act);
  }
}

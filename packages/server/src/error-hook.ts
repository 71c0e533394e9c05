import type { Clock } from "@halyard/contracts";
import { toError } from "@halyard/core";

/** Where an application's own code failed. */
export interface Failure<Member, Nsp> {
  /** The event whose handler failed, if it was one. */
  readonly event?: string | symbol | number;
  readonly socket?: Member;
  readonly namespace?: Nsp;
}

/** Reports whatever was thrown; never throws itself. */
export type Report<Member, Nsp> = (thrown: unknown, failure: Failure<Member, Nsp>) => void;

/**
 * Makes the one place where failures of application code go. Without a hook each is a process warning with code
 * `HANDLER_FAILED`, so that none is silent and none ends the process; of many at once only the first, and then their number.
 */
export function createReport<Member, Nsp>(
  hook: ((error: Error, failure: Failure<Member, Nsp>) => void) | undefined,
  clock: Clock,
): Report<Member, Nsp> {
  const warnings = new Warnings(clock);
  return (thrown, failure) => {
    const error = toError(thrown);
    if (hook === undefined) return warnings.add(error, failure.event);
    try {
      hook(error, failure);
    } catch (hookError) {
      warnings.add(error, failure.event);
      warnings.add(toError(hookError), undefined);
    }
  };
}

/** Clients can make a handler fail as often as they like; what is written about it must not grow with that. */
const WARNINGS_PER_SECOND = 10;

class Warnings {
  readonly #clock: Clock;
  /** How many failures there have been in the second that began with the first of them. */
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(error: Error, event: string | symbol | number | undefined): void {
    if (this.#count === 0) this.#clock.schedule(() => this.#onSecondOver(), 1_000, true);
    if (++this.#count > WARNINGS_PER_SECOND) return;
    const where = event === undefined ? "application code" : `a handler of "${shown(event)}"`;
    warn(`${where} failed: ${error.message}`, error.stack ?? error.message);
  }

  #onSecondOver(): void {
    const leftOut = this.#count - WARNINGS_PER_SECOND;
    this.#count = 0;
    if (leftOut > 0) warn(`application code failed ${leftOut} more times within a second`, "They are not shown.");
  }
}

/** Clients choose the names that catch-all listeners hear of. */
function shown(event: string | symbol | number): string {
  return String(event).slice(0, 100);
}

function warn(message: string, detail: string): void {
  process.emitWarning(message, {
    type: "HalyardWarning",
    code: "HANDLER_FAILED",
    detail: `${detail}\nSet the server option onError to handle such errors.`,
  });
}

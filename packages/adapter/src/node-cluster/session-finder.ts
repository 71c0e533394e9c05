import { seal, type WorkerNotice } from "./sticky-message.ts";

/** Addresses that are remembered; beyond that they are asked for again. */
const MAX_REMEMBERED = 10_000;

/** Finds out from the primary process where sessions of other workers are. */
export class SessionFinder {
  readonly #tell: (notice: WorkerNotice) => void;
  readonly #known = new Map<string, string>();
  readonly #asked = new Map<number, { readonly sid: string; readonly done: (address: string | undefined) => void }>();
  #count = 0;

  constructor(tell: (notice: WorkerNotice) => void) {
    this.#tell = tell;
  }

  /** Calls back, possibly at once, with the address of the session's worker. */
  find(sid: string, done: (address: string | undefined) => void): void {
    const known = this.#known.get(sid);
    if (known !== undefined) return done(known);
    const question = this.#count++;
    this.#asked.set(question, { sid, done });
    this.#tell(seal({ kind: "find", sid, question }));
  }

  onFound(question: number, address: string | undefined): void {
    const asked = this.#asked.get(question);
    this.#asked.delete(question);
    if (asked === undefined) return;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    if (address !== undefined) this.#known.set(asked.sid, address);
    asked.done(address);
  }

  /** The session was not there. */
  forget(sid: string): void {
    this.#known.delete(sid);
  }

  /** The primary process will not answer any more. */
  giveUp(): void {
    for (const question of this.#asked.keys()) this.onFound(question, undefined);
  }
}

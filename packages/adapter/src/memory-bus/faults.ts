import { seededRandom } from "./seeded-random.ts";

/** What goes wrong in a network: probabilities from 0 to 1, for each message and each receiver. */
export interface NetworkFaults {
  /** A message is lost. */
  readonly drop?: number;
  /** A message arrives twice. */
  readonly duplicate?: number;
  /** The most milliseconds that a message is late. Messages of one node stay in order. */
  readonly delayMs?: number;
}

/** Decides what happens to each message, in the same way in each run. */
export class Faults {
  readonly #random: () => number;
  #faults: NetworkFaults;

  constructor(faults: NetworkFaults, seed: number) {
    this.#faults = faults;
    this.#random = seededRandom(seed);
  }

  set(faults: NetworkFaults): void {
    this.#faults = faults;
  }

  /** The delays with which one message arrives, once for each time that it does. */
  deliveries(): number[] {
    const { drop = 0, duplicate = 0, delayMs = 0 } = this.#faults;
    if (drop > 0 && this.#random() < drop) return [];
    const times = duplicate > 0 && this.#random() < duplicate ? 2 : 1;
    return Array.from({ length: times }, () => (delayMs > 0 ? this.#random() * delayMs : 0));
  }
}

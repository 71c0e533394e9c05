/**
 * Keeps deliveries apart. A listener that sends in the middle of a delivery, or the end of a slow client's connection that makes
 * one send, must not overtake it: some clients would get the later offset first, and miss what is between after a reconnection.
 */
export class DeliveryOrder {
  #isBusy = false;
  #waiting: (() => void)[] = [];

  /** Whether a delivery is under way, so that another one has to wait: see {@link defer}. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Delivers now, and then what had to wait meanwhile. */
  run(deliver: () => void): void {
    this.#isBusy = true;
    try {
      deliver();
    } finally {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
      this.#isBusy = false;
    }
  }

  /** Delivers after what is under way. */
  defer(deliver: () => void): void {
    this.#waiting.push(deliver);
  }
}

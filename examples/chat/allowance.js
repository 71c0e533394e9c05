// @ts-check

/** How much one connection may do: a burst at once, then so much a second. */
export class Allowance {
  #burst;
  #perSecond;
  #left;
  #countedAt = Date.now();

  /** @param {{ burst: number, perSecond: number }} rate */
  constructor({ burst, perSecond }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /**
   * Uses up one action, if one is left.
   *
   * @returns {boolean}
   */
  take() {
    const now = Date.now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

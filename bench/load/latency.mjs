/** A uniform sample of latencies in milliseconds (a reservoir). */
export class LatencySample {
  #values = new Float64Array(1 << 17);
  #seen = 0;

  add(ms) {
    const size = this.#values.length;
    const slot = this.#seen < size ? this.#seen : Math.floor(Math.random() * (this.#seen + 1));
    if (slot < size) this.#values[slot] = ms;
    this.#seen++;
  }

  /** Answers p50 and p99 and starts over. */
  take() {
    const sorted = this.#values.subarray(0, Math.min(this.#seen, this.#values.length)).slice().sort();
    this.#seen = 0;
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

import type { Series } from "./tally.ts";

/**
 * Counts what is open, such as connections, each where it is now. The end of what nobody saw begin changes nothing, so that counting
 * may begin at any time; and so may the second beginning of the same.
 */
export class OpenItems {
  readonly #open = new Map<string, Series>();

  enter(id: string, series: Series): void {
    if (!this.#open.has(id)) this.#put(id, series);
  }

  move(id: string, series: Series): void {
    if (this.leave(id)) this.#put(id, series);
  }

  /** Whether it was there. */
  leave(id: string): boolean {
    const series = this.#open.get(id);
    if (series === undefined) return false;
    series.value--;
    return this.#open.delete(id);
  }

  leaveAll(): void {
    for (const series of this.#open.values()) series.value--;
    this.#open.clear();
  }

  #put(id: string, series: Series): void {
    series.value++;
    this.#open.set(id, series);
  }
}

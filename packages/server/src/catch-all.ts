import type { Untyped } from "@halyard/contracts";
import { watchRejection } from "./rejections.ts";

/** Hears every event, name first. */
export type AnyListener = (...args: Untyped[]) => unknown;

/** Listeners that hear every event in one direction; made only once one is added. */
export class CatchAll {
  #listeners: readonly AnyListener[] = [];

  get isEmpty(): boolean {
    return this.#listeners.length === 0;
  }

  append(listener: AnyListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  prepend(listener: AnyListener): void {
    this.#listeners = [listener, ...this.#listeners];
  }

  /** Removes the first registration of a listener, or all. */
  remove(listener?: AnyListener): void {
    if (listener === undefined) {
      this.#listeners = [];
      return;
    }
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners = this.#listeners.filter((_, position) => position !== index);
  }

  list(): AnyListener[] {
    return [...this.#listeners];
  }

  /** Calls every listener; one that throws or rejects does not keep the others from being called. */
  notify(self: unknown, data: readonly unknown[], report: (thrown: unknown) => void): void {
    for (const listener of this.#listeners) {
      try {
        watchRejection(listener.apply(self, [...data]), report);
      } catch (thrown) {
        report(thrown);
      }
    }
  }
}

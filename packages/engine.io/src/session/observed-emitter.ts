import type { EventEmitter } from "node:events";
import { LazyEmitter } from "./lazy-emitter.ts";

type Listener = Parameters<EventEmitter["on"]>[1];

/** An emitter that knows whether anybody ever listened: what nobody hears of need not be told. */
export abstract class ObservedEmitter extends LazyEmitter {
  #isObserved = false;

  protected get isObserved(): boolean {
    return this.#isObserved;
  }

  override on(event: string | symbol, listener: Listener): this {
    this.#isObserved = true;
    return super.on(event, listener);
  }

  override addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  override prependListener(event: string | symbol, listener: Listener): this {
    this.#isObserved = true;
    return super.prependListener(event, listener);
  }

  /** Emits an event; what its listeners throw is reported, and harms nobody. */
  protected announce(event: string, ...args: readonly unknown[]): void {
    if (this.#isObserved) this.guard(() => this.emit(event, ...args));
  }

  /** Calls the application's code. */
  protected guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.report(error);
    }
  }

  /** The application's code failed. */
  protected abstract report(error: unknown): void;
}

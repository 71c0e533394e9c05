import type { Timer, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { callSafely } from "./call-safely.ts";
import type { Hub } from "./hub.ts";

/** Who waits for an acknowledgement. */
export interface Ack {
  readonly callback: (...args: Untyped[]) => void;
  /** Whether the callback takes an error first; it then hears of timeouts and disconnections too. */
  readonly withError: boolean;
}

interface Pending extends Ack {
  readonly timer: Timer | undefined;
}

/** The acknowledgements that one socket waits for. Each settles at most once, and none is kept after that. */
export class PendingAcks {
  /** `this` of the callbacks. */
  readonly #self: object;
  readonly #hub: Pick<Hub, "schedule">;
  readonly #onTimeout: (id: number) => void;
  readonly #pending = new Map<number | undefined, Pending>();
  #nextId: number;

  /** `onTimeout` is called before the callback that hears of it. */
  constructor(self: object, hub: Pick<Hub, "schedule">, onTimeout: (id: number) => void, firstId = 0) {
    this.#self = self;
    this.#hub = hub;
    this.#onTimeout = onTimeout;
    this.#nextId = firstId;
  }

  /** Starts to wait and returns the id to send, the next one unless it is given. */
  add({ callback, withError }: Ack, timeoutMs: number | undefined, id: number = this.#nextId++): number {
    const expire = (): void => {
      this.#onTimeout(id);
      this.settle(id, codedError("ACK_TIMEOUT", "operation has timed out"));
    };
    const timer = timeoutMs === undefined ? undefined : this.#hub.schedule(expire, timeoutMs);
    this.#pending.set(id, { callback, withError, timer });
    return id;
  }

  /** Hands over the server's answer, or an error to a callback that takes one. Unknown ids are ignored. */
  settle(id: number | undefined, error: Error | null, data: readonly unknown[] = []): void {
    const ack = this.remove(id);
    if (ack?.withError) callSafely(ack.callback, this.#self, [error, ...data]);
    else if (ack && !error) callSafely(ack.callback, this.#self, data);
  }

  /** Gives up on all but those that are to be kept: no answer can come any more. */
  failAll(isKept: (id: number | undefined) => boolean): void {
    for (const id of Array.from(this.#pending.keys()))
      if (!isKept(id)) this.settle(id, codedError("ACK_DISCONNECTED", "socket has been disconnected"));
  }

  /** Forgets one without a word. */
  remove(id: number | undefined): Ack | undefined {
    const ack = this.#pending.get(id);
    this.#pending.delete(id);
    ack?.timer?.cancel();
    return ack;
  }
}

import type { BusStatus } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import { createLink } from "../connection/create-link.ts";
import { Outbox } from "../connection/outbox.ts";
import type { RedisClient } from "../connection/redis-client.ts";
import { createLossWarning } from "../connection/warn-of-losses.ts";

const LIMITS = { maxBytes: 16 * 1_048_576, maxAgeMs: 10_000 };

/** Publishes for all emitters of one client, so that their messages stay in order. */
export class Publisher {
  readonly #outbox: Outbox;
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #warn = createLossWarning(systemClock);

  constructor(client: RedisClient) {
    this.#outbox = new Outbox(createLink(client), "socket.io", LIMITS, systemClock, {
      onDropped: (messages, bytes, cause) =>
        this.#tell({ kind: "dropped", messages, bytes, ...(cause !== undefined && { cause }) }),
    });
  }

  /** Adds one that hears of losses, once. */
  listen(listener: (status: BusStatus) => void): void {
    this.#listeners.add(listener);
  }

  publish(channel: string, payload: Uint8Array | string): void {
    const bytes =
      typeof payload === "string" ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    this.#outbox.send(["PUBLISH", channel, bytes]);
  }

  #tell(status: BusStatus): void {
    if (this.#listeners.size === 0) return this.#warn(status);
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (thrown) {
        process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
      }
    }
  }
}

const publishers = new WeakMap<RedisClient, Publisher>();

/** The one publisher of a client. */
export function publisherOf(client: RedisClient): Publisher {
  const known = publishers.get(client);
  if (known !== undefined) return known;
  const publisher = new Publisher(client);
  publishers.set(client, publisher);
  return publisher;
}

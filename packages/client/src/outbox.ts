import type { SocketPacket } from "@halyard/contracts";
import { readBlobs } from "./blobs.ts";
import type { ConnectionEngine, Hub } from "./hub.ts";

/**
 * The way out of one socket. Packets leave at once and in order; one that holds blobs waits until they have been read,
 * and whatever comes after it waits behind it.
 */
export class Outbox {
  readonly #hub: Pick<Hub, "send">;
  readonly #onError: (error: unknown, id?: number) => void;
  /** Unset unless something waits. */
  #tail: Promise<void> | undefined;

  /** `onError` hears of packets that had to wait and then could not be sent. */
  constructor(hub: Pick<Hub, "send">, onError: (error: unknown, id?: number) => void) {
    this.#hub = hub;
    this.#onError = onError;
  }

  /** @throws `SOCKET_ENCODE` for data that cannot be encoded, unless it has to wait. */
  send(engine: ConnectionEngine, packet: SocketPacket, compress: boolean): void {
    const data = "data" in packet && readBlobs(packet.data);
    if (this.#tail || data instanceof Promise)
      this.#wait(
        data,
        (read) => this.#hub.send(engine, read ? Object.assign({}, packet, { data: read }) : packet, compress),
        packet.type === "event" ? packet.id : undefined,
      );
    else this.#hub.send(engine, packet, compress);
  }

  /** Runs a step behind the packets that wait; at once if none does. */
  afterwards(step: () => void): void {
    if (this.#tail) this.#wait(undefined, step);
    else step();
  }

  #wait(data: unknown, step: (data: unknown) => void, id?: number): void {
    const tail = Promise.allSettled([this.#tail, data])
      .then(() => data)
      .then(step)
      .catch((error: unknown) => this.#onError(error, id))
      .then(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
  }
}

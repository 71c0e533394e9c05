import type { SocketPacket } from "@halyard/contracts";
import { throwLater } from "@halyard/core";
import { holdsBlob, readBlobs } from "./blobs.ts";
import type { Connection } from "./connection.ts";

/**
 * The way out of one socket. Packets leave at once and in order; one that holds blobs waits until they have been read,
 * and whatever comes after it waits behind it.
 */
export class Outbox {
  /** Empty unless blobs are being read. */
  readonly #waiting: (() => void | Promise<void>)[] = [];

  /** @throws `SOCKET_ENCODE` for data that cannot be encoded, unless it has to wait. */
  send(connection: Connection, packet: SocketPacket, compress: boolean): void {
    if ((packet.type === "event" || packet.type === "ack") && holdsBlob(packet.data))
      this.#wait(async () =>
        connection.send(Object.assign({}, packet, { data: await readBlobs(packet.data) }), compress),
      );
    else if (this.#waiting.length === 0) connection.send(packet, compress);
    else this.#wait(() => connection.send(packet, compress));
  }

  /** Runs a step behind the packets that wait; at once if none does. */
  afterwards(step: () => void): void {
    if (this.#waiting.length === 0) step();
    else this.#wait(step);
  }

  #wait(step: () => void | Promise<void>): void {
    if (this.#waiting.push(step) === 1) void this.#work();
  }

  async #work(): Promise<void> {
    for (let step = this.#waiting[0]; step !== undefined; step = this.#waiting[0]) {
      try {
        await step();
      } catch (error) {
        throwLater(error);
      }
      this.#waiting.shift();
    }
  }
}

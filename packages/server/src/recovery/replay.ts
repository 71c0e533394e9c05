import type { LoggedPacket } from "@halyard/contracts";
import { bytesOf } from "./bytes-of.ts";

/** Whose packets are collected. */
export interface ReplayTarget {
  wasMeantFor(packet: LoggedPacket): boolean;
}

/**
 * What a client has missed: the log's part, and what is sent from the moment in which the log was asked until the client's socket
 * is connected. So there is neither a gap between the two nor a packet twice, however long the storage or a middleware takes.
 */
export class Replay {
  readonly #target: ReplayTarget;
  readonly #maxBytes: number;
  #packets: LoggedPacket[] = [];
  #bytes = 0;
  #isCut = false;

  constructor(target: ReplayTarget, maxBytes: number) {
    this.#target = target;
    this.#maxBytes = maxBytes;
  }

  /** More than one client may have missed: it cannot be recovered. */
  get isTooLarge(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Whether something is missing that nobody can tell. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Everything in order, once all of it is there. */
  get packets(): readonly LoggedPacket[] {
    return this.#packets;
  }

  /** What others have sent meanwhile may not have come. */
  cut(): void {
    this.#isCut = true;
  }

  /**
   * Puts what the log has kept before what was sent since; it may overlap. Before both comes what the client has missed on other
   * servers.
   */
  precede(logged: readonly LoggedPacket[], missedElsewhere: readonly LoggedPacket[] = []): void {
    const since = this.#packets;
    const last = logged.at(-1)?.position ?? 0;
    this.#packets = [];
    this.#bytes = 0;
    for (const packet of missedElsewhere) this.#take(packet);
    for (const packet of logged) this.add(packet);
    for (const packet of since) if (packet.position > last) this.add(packet);
  }

  /** Takes a packet that has just been sent, if it is for this client. */
  add(packet: LoggedPacket): void {
    if (this.#target.wasMeantFor(packet)) this.#take(packet);
  }

  #take(packet: LoggedPacket): void {
    if (this.isTooLarge) return;
    this.#bytes += bytesOf(packet.messages);
    if (this.isTooLarge) this.#packets = [];
    else this.#packets.push(packet);
  }
}

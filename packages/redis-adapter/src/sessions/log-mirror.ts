import type { LoggedPacket } from "@halyard/contracts";
import type { LogChunk } from "./redis-place.ts";

/** Where the packets come from. */
export interface MirrorSource {
  readonly readLog: (epoch: string, first: string, last: number, count: number) => Promise<LogChunk | undefined>;
}

/** Packets that are fetched at a time. */
const CHUNK = 500;

/**
 * A part of another server's log, fetched once for all clients that come from there: each finds what was for it without a look at
 * what was for others.
 */
export class LogMirror {
  readonly #epoch: string;
  readonly #source: MirrorSource;
  readonly #maxBytes: number;
  readonly #byTarget = new Map<string, LoggedPacket[]>();
  /** Packets after `#after` and up to `#until` are here. */
  #after = 0;
  #until = 0;
  #bytes = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(epoch: string, source: MirrorSource, maxBytes: number) {
    this.#epoch = epoch;
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  /** Finds what was for everybody, for one of the rooms, or for the socket, in order. Undefined if something is missing. */
  async find(
    after: number,
    until: number,
    sid: string,
    rooms: readonly string[],
  ): Promise<readonly LoggedPacket[] | undefined> {
    const loaded = this.#work.then(() => this.#loadOrClear(after, until));
    this.#work = loaded.catch(() => {});
    if (!(await loaded)) return undefined;
    const found = new Map<number, LoggedPacket>();
    for (const target of [EVERYBODY, `s${sid}`, ...rooms.map((room) => `r${room}`)])
      for (const packet of this.#byTarget.get(target) ?? [])
        if (packet.position > after && packet.position <= until) found.set(packet.position, packet);
    return [...found.values()].sort((one, other) => one.position - other.position);
  }

  async #loadOrClear(after: number, until: number): Promise<boolean> {
    let isLoaded = false;
    try {
      isLoaded = await this.#load(after, until);
    } finally {
      if (!isLoaded) this.#clear();
    }
    return isLoaded;
  }

  async #load(after: number, until: number): Promise<boolean> {
    if (this.#until === 0) {
      this.#after = after;
      this.#until = after;
    }
    if (after < this.#after && !(await this.#fetch(after, this.#after))) return false;
    this.#after = Math.min(this.#after, after);
    if (until > this.#until && !(await this.#fetch(this.#until, until))) return false;
    this.#until = Math.max(this.#until, until);
    return true;
  }

  /** What is there has no end that is known any more. */
  #clear(): void {
    this.#byTarget.clear();
    this.#after = 0;
    this.#until = 0;
    this.#bytes = 0;
  }

  async #fetch(after: number, until: number): Promise<boolean> {
    let first: string | undefined = String(after + 1);
    while (first !== undefined) {
      const chunk: LogChunk | undefined = await this.#source.readLog(this.#epoch, first, until, CHUNK);
      if (chunk === undefined) return false;
      for (const packet of chunk.packets) this.#add(packet);
      if (this.#bytes > this.#maxBytes) return false;
      first = chunk.next;
    }
    return true;
  }

  #add(packet: LoggedPacket): void {
    const { to, messages } = packet;
    for (const message of messages) this.#bytes += message.length;
    if (typeof to === "string") this.#addTo(`s${to}`, packet);
    else if (to.rooms.length === 0) this.#addTo(EVERYBODY, packet);
    else for (const room of to.rooms) this.#addTo(`r${room}`, packet);
  }

  #addTo(target: string, packet: LoggedPacket): void {
    const packets = this.#byTarget.get(target);
    if (packets === undefined) this.#byTarget.set(target, [packet]);
    else packets.push(packet);
  }
}

const EVERYBODY = "";

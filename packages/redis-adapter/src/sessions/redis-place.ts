import type { Clock, LoggedPacket } from "@halyard/contracts";
import type { RedisArgument } from "../connection/redis-client.ts";
import type { RedisLink } from "../connection/redis-link.ts";
import { ask } from "./ask.ts";
import type { LogHead } from "./hand-over.ts";
import { readHeard, readPacket, writeHeard, writePacket, type Heard } from "./record.ts";
import { CLAIM_SESSION, READ_HEAD, READ_LOG, READ_TOLD, REMOVE_SESSION, SAVE_SESSION, WRITE_LOG } from "./scripts.ts";

/** How long a connection is waited for, as at the start of a server to which clients come back. */
const CONNECT_TIMEOUT_MS = 2_000;
/** For so long Redis may be away so that clients that come back wait for it. */
const MAX_AWAY_MS = 5_000;

/** Which log a session is on, and whose that is. */
interface Owner {
  readonly node: string;
  readonly epoch: string;
}

/** A session as one server has claimed it. The turn counts claims, so that a late writer is known for one. */
export interface Claim {
  readonly owner: Owner;
  readonly turn: number;
}

/** A packet and where it stands in Redis. */
export interface LogEntry {
  /** The position, or that of a later one, that holds nothing itself, and which of those it is that stand there. */
  readonly id: string;
  readonly packet: LoggedPacket;
}

/** Some of the packets of a log, and where the next ones begin, if there may be more. */
export interface LogChunk {
  readonly packets: readonly LoggedPacket[];
  readonly next?: string;
}

/** A part of a log: everything after `from`, up to `to`, that somebody may need. */
export interface LogBatch {
  readonly from: number;
  readonly to: number;
  readonly forgotten: number;
  readonly heard: Heard;
  readonly hasUnknown: boolean;
  readonly lastTold: number;
  readonly entries: readonly LogEntry[];
  /** Whether something between what was written before and `from` was given up. */
  readonly isAfterGap: boolean;
}

/** What one namespace shares with other servers. Its keys have one hash tag: so they are on one server, and writes stay in order. */
export class RedisPlace {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #logKeepMs: string;
  readonly #unwatch: () => void;
  /** When the connection was lost; undefined while it is there. */
  #downAtMs: number | undefined = Number.NEGATIVE_INFINITY;

  constructor(link: RedisLink, clock: Clock, prefix: string, logKeepMs: number) {
    this.#link = link;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#logKeepMs = String(Math.ceil(logKeepMs));
    this.#unwatch = link.watch({
      onUp: () => void (this.#downAtMs = undefined),
      onDown: () => void (this.#downAtMs ??= clock.monotonic()), // some clients tell it with every attempt to connect
      onError: () => {},
    });
  }

  /** Whether Redis is there, or was there so lately that it is waited for. */
  get mayComeBack(): boolean {
    return this.isUp || this.#awayMs < MAX_AWAY_MS;
  }

  close(): void {
    this.#unwatch();
  }

  get isUp(): boolean {
    return this.#link.isUp;
  }

  /**
   * Writes a part of a log, after what was written before; what is there already is skipped. Gives how far the log goes in Redis, where
   * less than what comes before this part is there.
   */
  async writeLog(epoch: string, batch: LogBatch): Promise<number | undefined> {
    const { from, to, forgotten, heard, hasUnknown, lastTold, entries, isAfterGap } = batch;
    const numbers = [from, to, forgotten].map(String);
    const flags = [hasUnknown ? "1" : "0", String(lastTold), this.#logKeepMs, isAfterGap ? "1" : "0"];
    const packets = entries.flatMap(({ id, packet }) => [id, Buffer.from(writePacket(packet))]);
    const keys = [this.#key("head", epoch), this.#key("packets", epoch), this.#key("told")];
    const values = [epoch, ...numbers, Buffer.from(writeHeard(heard)), ...flags, ...packets];
    const reply = await this.#run(WRITE_LOG, keys, values);
    return Array.isArray(reply) ? Number(reply[0]) : undefined;
  }

  /** Finds how far a log goes; undefined if there is none. */
  async readHead(epoch: string): Promise<LogHead | undefined> {
    await this.#connected();
    const reply = await this.#run(READ_HEAD, [this.#key("head", epoch)], []);
    if (!Array.isArray(reply)) return undefined;
    const [tail, forgotten, seen, age, unknownAge]: unknown[] = reply;
    const heard = seen instanceof Uint8Array ? readHeard(seen) : undefined;
    if (heard === undefined) return undefined;
    const unknownAgeMs = Number(unknownAge);
    return {
      tail: Number(tail),
      forgotten: Number(forgotten),
      ...heard,
      ageMs: Math.max(0, Number(age)),
      unknownAgeMs: unknownAgeMs < 0 ? undefined : unknownAgeMs,
    };
  }

  /**
   * Reads what stands from `first` to `last`, at most so many packets; undefined if some of them are forgotten, or damaged. `first`
   * is a position, or where a chunk before says that the next one begins.
   */
  async readLog(epoch: string, first: string, last: number, count: number): Promise<LogChunk | undefined> {
    const keys = [this.#key("head", epoch), this.#key("packets", epoch)];
    const reply = await this.#run(READ_LOG, keys, [first, String(last), String(count)]);
    if (!Array.isArray(reply) || Number(reply[0]) >= positionOf(first)) return undefined;
    const packets: LoggedPacket[] = [];
    for (let index = 1; index < reply.length; index += 2) {
      const bytes: unknown = reply[index + 1];
      const packet = bytes instanceof Uint8Array ? readPacket(bytes) : undefined;
      if (packet === undefined) return undefined;
      packets.push(packet);
    }
    return packets.length < count ? { packets } : { packets, next: `(${String(reply.at(-2))}` };
  }

  /** How far each server has sent to all. */
  async readTold(): Promise<ReadonlyMap<string, number>> {
    await this.#connected();
    const reply = await this.#run(READ_TOLD, [this.#key("told")], [this.#logKeepMs]);
    const told = new Map<string, number>();
    if (!Array.isArray(reply)) return told;
    for (let index = 0; index < reply.length; index += 2)
      told.set(String(reply[index]), Number.parseInt(String(reply[index + 1]), 10));
    return told;
  }

  /** Returns false if another server has the session. */
  async save(pid: string, { owner, turn }: Claim, record: Uint8Array, keepMs: number): Promise<boolean> {
    const values = [nameOf(owner), String(turn), String(Math.ceil(keepMs)), Buffer.from(record)];
    return Number(await this.#run(SAVE_SESSION, [this.#key("session", pid)], values)) === 1;
  }

  /** Finds out who has a session. */
  async find(pid: string): Promise<Claim | undefined> {
    await this.#connected();
    const reply = await this.#ask(["HMGET", this.#key("session", pid), "owner", "turn"]);
    if (!Array.isArray(reply) || reply[0] === null || reply[0] === undefined) return undefined;
    const [node = "", epoch = ""] = String(reply[0]).split(" ");
    return { owner: { node, epoch }, turn: Number(reply[1]) };
  }

  /** Takes a session over; undefined if it has changed its owner meanwhile. */
  async claim(pid: string, from: Claim, to: Claim, keepMs: number): Promise<Uint8Array | undefined> {
    const values = [
      nameOf(from.owner),
      String(from.turn),
      nameOf(to.owner),
      String(to.turn),
      String(Math.ceil(keepMs)),
    ];
    const reply = await this.#run(CLAIM_SESSION, [this.#key("session", pid)], values);
    return reply instanceof Uint8Array ? reply : undefined;
  }

  async remove(pid: string, { owner, turn }: Claim): Promise<void> {
    await this.#run(REMOVE_SESSION, [this.#key("session", pid)], [nameOf(owner), String(turn)]);
  }

  get #awayMs(): number {
    const nowMs = this.#clock.monotonic();
    return nowMs - (this.#downAtMs ?? nowMs);
  }

  #key(kind: string, id = ""): string {
    return `${this.#prefix}:${kind}:${id}`;
  }

  async #run(script: string, keys: readonly string[], values: readonly RedisArgument[]): Promise<unknown> {
    return await this.#ask(["EVAL", script, String(keys.length), ...keys, ...values], keys[0]);
  }

  async #connected(): Promise<void> {
    if (this.#link.isUp) return;
    const patienceMs = Math.max(CONNECT_TIMEOUT_MS, MAX_AWAY_MS - this.#awayMs);
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        timer.cancel();
        queueMicrotask(() => unwatch());
        resolve();
      };
      const timer = this.#clock.schedule(finish, patienceMs, true);
      const unwatch = this.#link.watch({ onUp: finish, onDown: () => {}, onError: () => {} });
    });
  }

  async #ask(args: readonly RedisArgument[], key: string | undefined = String(args[1])): Promise<unknown> {
    return await ask(this.#link, this.#clock, args, key);
  }
}

/** The position of an id, which a bracket excludes. */
function positionOf(id: string): number {
  return Number.parseInt(id.replace("(", ""), 10);
}

function nameOf({ node, epoch }: Owner): string {
  return `${node} ${epoch}`;
}

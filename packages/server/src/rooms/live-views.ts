import { codedError } from "@halyard/core";
import { inspect } from "node:util";
import type { RoomIndex, RoomMember } from "./room-index.ts";

/** Shows the rooms of a namespace as the incumbent does: ids by room name. Live and read-only. */
export function viewOfRooms<Member extends RoomMember>(index: RoomIndex<Member>): Map<string, Set<string>> {
  return new SetsView({
    count: () => index.roomCount,
    get: (room) => index.idsOf(room),
    has: (room) => index.members(room) !== undefined || index.sole(room) !== undefined,
    keys: () => index.names(),
    snapshot: () => index.snapshotOfRooms(),
  });
}

/** Shows the rooms of each connected socket by its id. Live and read-only. */
export function viewOfMembers<Member extends RoomMember>(
  index: RoomIndex<Member>,
  connected: ReadonlyMap<string, Member>,
): Map<string, Set<string>> {
  return new SetsView({
    count: () => connected.size,
    get(id) {
      const member = connected.get(id);
      return member === undefined ? undefined : index.roomsOf(member);
    },
    has: (id) => connected.has(id),
    keys: () => connected.keys(),
    snapshot: () => index.snapshotOfMembers(),
  });
}

/** Where the sets of a view are. */
interface SetsSource {
  count(): number;
  get(key: string): Set<string> | undefined;
  has(key: string): boolean;
  keys(): MapIterator<string>;
  /** The same as it is now, keeping nothing in memory for the sake of it. */
  snapshot(): Map<string, Set<string>>;
}

/** A map to whoever reads, prints or compares it, that asks its source each time instead of holding anything. */
class SetsView extends Map<string, Set<string>> {
  readonly #source: SetsSource;

  constructor(source: SetsSource) {
    super();
    this.#source = source;
  }

  static {
    Object.defineProperties(this.prototype, {
      [inspect.custom]: {
        value(this: SetsView): Map<string, Set<string>> {
          return this.#source.snapshot();
        },
      },
      constructor: { value: Map }, // test frameworks only compare maps of one class
    });
  }

  override get size(): number {
    return this.#source.count();
  }

  override get(key: string): Set<string> | undefined {
    return this.#source.get(key);
  }

  override has(key: string): boolean {
    return this.#source.has(key);
  }

  override keys(): MapIterator<string> {
    return this.#source.keys();
  }

  override *values(): MapIterator<Set<string>> {
    for (const [, set] of this) yield set;
  }

  override *entries(): MapIterator<[string, Set<string>]> {
    for (const key of this.keys()) {
      const set = this.get(key);
      if (set !== undefined) yield [key, set];
    }
  }

  override [Symbol.iterator](): MapIterator<[string, Set<string>]> {
    return this.entries();
  }

  override forEach(
    visit: (set: Set<string>, key: string, map: Map<string, Set<string>>) => void,
    receiver?: unknown,
  ): void {
    for (const [key, set] of this) visit.call(receiver, set, key, this);
  }

  override set(): never {
    throw readOnly();
  }

  override delete(): never {
    throw readOnly();
  }

  override clear(): never {
    throw readOnly();
  }
}

function readOnly(): Error {
  return codedError(
    "UNSUPPORTED",
    "rooms are changed by socket.join() and leave(), or by socketsJoin() and socketsLeave()",
  );
}

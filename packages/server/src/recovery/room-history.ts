import type { Membership } from "@halyard/contracts";

/** So many stays in rooms that were left are remembered while packets to them may have to be replayed. */
const MAX_LEFT = 1_000;
/** So many stay before it is looked for those that need not be remembered any more. */
const MIN_LEFT = 16;

/**
 * When a session was in which room, in positions of the log: a packet is for those who were in its rooms when it was sent, whoever
 * is there when it is replayed.
 */
export class RoomHistory {
  /** Positions at which the rooms were joined that it is in. */
  readonly #joined = new Map<string, number>();
  #left: Membership[] = [];
  /** How many there may be until the next look: twice as many as the last one had to keep. */
  #maxLeft = MIN_LEFT;
  #complete = 0;
  #changes = 0;

  constructor(memberships: readonly Membership[] = []) {
    for (const membership of memberships)
      if (membership.until === undefined) this.#joined.set(membership.room, membership.after);
      else this.#left.push(membership);
  }

  /** The rooms that it is in. */
  get rooms(): Iterable<string> {
    return this.#joined.keys();
  }

  /** How often something has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** The position from which on everything is known. */
  get completeSince(): number {
    return this.#complete;
  }

  memberships(): Membership[] {
    return [...this.#left, ...Array.from(this.#joined, ([room, after]) => ({ room, after }))];
  }

  /** All rooms in which it has been, as far as that is known; some may be there twice. */
  roomsEver(): string[] {
    return this.memberships().map(({ room }) => room);
  }

  /** Returns false if it is there already. */
  join(room: string, position: number): boolean {
    if (this.#joined.has(room)) return false;
    this.#joined.set(room, position);
    this.#changes++;
    return true;
  }

  /** Returns false if it is not there. What was sent up to the position `forgotten` need not be known any more. */
  leave(room: string, position: number, forgotten: number): boolean {
    const after = this.#joined.get(room);
    if (after === undefined) return false;
    this.#joined.delete(room);
    this.#changes++;
    if (after === position) return true; // nothing was sent meanwhile
    if (this.#left.length >= this.#maxLeft) this.#forgetSome(forgotten);
    this.#left.push({ room, after, until: position });
    return true;
  }

  wasInAny(rooms: readonly string[], position: number): boolean {
    for (const room of rooms) if (this.#wasIn(room, position)) return true;
    return false;
  }

  #wasIn(room: string, position: number): boolean {
    const after = this.#joined.get(room);
    if (after !== undefined && position > after) return true;
    for (const left of this.#left)
      if (left.room === room && position > left.after && position <= (left.until ?? position)) return true;
    return false;
  }

  #forgetSome(forgotten: number): void {
    this.#left = this.#left.filter(({ until = 0 }) => until > forgotten);
    if (this.#left.length >= MAX_LEFT) {
      const dropped = this.#left.splice(0, MAX_LEFT / 2);
      this.#complete = dropped.at(-1)?.until ?? this.#complete;
    }
    this.#maxLeft = Math.min(Math.max(MIN_LEFT, this.#left.length * 2), MAX_LEFT);
  }
}

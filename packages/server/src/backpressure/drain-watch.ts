import type { Clock, ServerEngineSocket } from "@halyard/contracts";
import { DeadlineQueue, type DeadlineEntry } from "@halyard/core";

/** A connection as far as its queue is concerned. */
type QueueOwner = Pick<ServerEngineSocket, "bufferedBytes">;

/** How long it takes at most until a drain is noticed that the engine does not tell of: it tells where it had to wait. */
const LOOK_AGAIN_MS = 100;

/** Tells sockets, once, that nothing is queued any more for the client for whom they have seen something queued. */
export class DrainWatch<Member> {
  readonly #waits = new Map<QueueOwner, Wait<Member>>();
  readonly #looks: DeadlineQueue;
  readonly #tell: (socket: Member) => void;

  constructor(clock: Clock, tell: (socket: Member) => void) {
    this.#looks = new DeadlineQueue(clock, LOOK_AGAIN_MS);
    this.#tell = tell;
  }

  /** Something is queued for the socket's client. */
  watch(conn: QueueOwner, socket: Member): void {
    let wait = this.#waits.get(conn);
    if (wait === undefined) {
      wait = new Wait(() => this.#look(conn));
      this.#waits.set(conn, wait);
      this.#looks.start(wait);
    }
    wait.sockets.add(socket);
  }

  /** The engine has given away what it had. */
  onDrain(conn: QueueOwner): void {
    if (this.#waits.size === 0 || conn.bufferedBytes > 0) return;
    const wait = this.forget(conn);
    if (wait !== undefined) for (const socket of wait.sockets) this.#tell(socket);
  }

  /** The connection is over. */
  forget(conn: QueueOwner): Wait<Member> | undefined {
    const wait = this.#waits.get(conn);
    if (wait === undefined) return undefined;
    this.#waits.delete(conn);
    this.#looks.stop(wait);
    return wait;
  }

  #look(conn: QueueOwner): void {
    const wait = this.#waits.get(conn);
    if (wait !== undefined && conn.bufferedBytes > 0) this.#looks.start(wait);
    else this.onDrain(conn);
  }
}

/** The sockets of one connection that wait. */
class Wait<Member> implements DeadlineEntry {
  readonly sockets: Set<Member> = new Set();
  readonly #onDeadline: () => void;

  constructor(onDeadline: () => void) {
    this.#onDeadline = onDeadline;
  }

  onDeadline(): void {
    this.#onDeadline();
  }
}

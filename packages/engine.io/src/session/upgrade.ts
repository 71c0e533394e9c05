import type {
  Clock,
  EngineControlPacket,
  EngineMessage,
  Timer,
  TransportCloseReason,
  TransportName,
} from "@halyard/contracts";
import type { DeadlineEntry, DeadlineQueue } from "@halyard/core";
import type { UpgradeFailure } from "@halyard/diagnostics";
import type { UpgradeAttempt } from "../diagnostics.ts";
import type { ServerTransport, ServerTransportHandler } from "../transports/server-transport.ts";

/** A transport that can be upgraded from: it lets its client finish what is under way. */
export interface UpgradableTransport {
  readonly name: TransportName;
  readonly writable: boolean;
  /** Answers a waiting poll with nothing in it. */
  release(): void;
  /** Calls back once nothing that the client sent over it is still being processed. */
  whenIdle(onIdle: () => void): void;
}

/** What an upgrade needs from its session. */
export interface UpgradeOwner {
  /** The client has shown that the new transport works; it may finish now what it has under way on the old one. */
  onUpgrading(next: ServerTransport): void;
  /** The client has switched: everything from now on goes over the new transport, which has no handler yet. */
  onUpgraded(next: ServerTransport): void;
  /** The new transport came to nothing; the session goes on with the old one. */
  onUpgradeFailed(reason: UpgradeFailure): void;
}

/** What the upgrades of one server share. */
export interface UpgradeContext {
  readonly clock: Clock;
  /** Waits of the upgrade timeout. */
  readonly deadlines: DeadlineQueue;
}

/** Polls of one upgrade that are released at once; a client that goes on polling gets the rest at this pace. */
const PROMPT_RELEASES = 10;
const RELEASE_INTERVAL_MS = 100;

type State =
  | { readonly name: "connected" }
  | { readonly name: "probed" }
  | { readonly name: "switching" }
  | { readonly name: "ended" };

const CONNECTED: State = { name: "connected" };
const PROBED: State = { name: "probed" };
const SWITCHING: State = { name: "switching" };
const ENDED: State = { name: "ended" };

/**
 * One attempt to move a session to a new transport. The client probes (`2probe`), is answered (`3probe`), lets its poll
 * return and its post finish, and says `5`; only then does the session switch. Whatever else happens on the new transport
 * ends the attempt and leaves the session as it was.
 */
export class Upgrade implements ServerTransportHandler, DeadlineEntry {
  readonly #owner: UpgradeOwner;
  readonly #from: UpgradableTransport;
  readonly #next: ServerTransport;
  readonly #context: UpgradeContext;
  readonly #startedMs: number;
  #state: State = CONNECTED;
  #releases = 0;
  #pacing: Timer | undefined;

  constructor(owner: UpgradeOwner, from: UpgradableTransport, next: ServerTransport, context: UpgradeContext) {
    this.#owner = owner;
    this.#from = from;
    this.#next = next;
    this.#context = context;
    this.#startedMs = context.clock.monotonic();
    context.deadlines.start(this);
    next.bind(this);
  }

  /** What it was, once it is over. */
  get attempt(): UpgradeAttempt {
    const durationMs = this.#context.clock.monotonic() - this.#startedMs;
    return { from: this.#from.name, to: this.#next.name, durationMs };
  }

  /** A poll waits and the session has nothing for it: released, so that the client need not wait to upgrade. */
  onIdlePoll(): void {
    if (this.#state.name !== "probed" || this.#pacing !== undefined || !this.#from.writable) return;
    if (this.#releases < PROMPT_RELEASES) {
      this.#releases++;
      this.#from.release();
      return;
    }
    this.#pacing = this.#context.clock.schedule(() => {
      this.#pacing = undefined;
      this.#from.release();
    }, RELEASE_INTERVAL_MS);
  }

  /** The session is over: so is the attempt. */
  abort(): void {
    if (this.#enter(ENDED)) this.#next.close();
  }

  onMessage(_message: EngineMessage): void {
    this.#fail("unexpected packet"); // a message has no place before the switch
  }

  onPacket(packet: EngineControlPacket): void {
    if (packet.type === "ping" && packet.data === "probe" && this.#state.name !== "switching") this.#onProbe();
    else if (packet.type === "upgrade" && this.#state.name === "probed") this.#switch();
    else this.#fail("unexpected packet");
  }

  onWritable(): void {
    // the answer to the probe is the only thing it sends, and that needs no waiting
  }

  /** The answer to the probe is on its way: a poll that came back before it would be followed by another one. */
  onFlushed(): void {
    this.onIdlePoll();
  }

  onClose(_reason: TransportCloseReason, _cause?: Error): void {
    if (this.#enter(ENDED)) this.#owner.onUpgradeFailed("closed");
  }

  onDeadline(): void {
    this.#fail("timeout");
  }

  #onProbe(): void {
    const isFirst = this.#enterProbed(); // first: some WebSocket engines tell at once that what they were given has left
    this.#next.send([{ type: "pong", data: "probe" }]);
    if (isFirst && !this.#isEnded) this.#owner.onUpgrading(this.#next);
  }

  #enterProbed(): boolean {
    return this.#state.name === "connected" && this.#enter(PROBED);
  }

  get #isEnded(): boolean {
    return this.#state.name === "ended";
  }

  /** Packets of a post that is still being processed come before those of the new transport. */
  #switch(): void {
    this.#enter(SWITCHING);
    let isWaiting = true;
    this.#from.whenIdle(() => {
      isWaiting = false;
      if (!this.#enter(ENDED)) return;
      this.#owner.onUpgraded(this.#next);
    });
    if (isWaiting) this.#next.pauseReading();
  }

  #fail(reason: UpgradeFailure): void {
    if (!this.#enter(ENDED)) return;
    this.#next.close();
    this.#owner.onUpgradeFailed(reason);
  }

  #enter(next: State): boolean {
    if (this.#state.name === "ended") return false;
    this.#state = next;
    if (next.name === "ended") this.#context.deadlines.stop(this);
    if (next.name !== "probed") {
      this.#pacing?.cancel();
      this.#pacing = undefined;
    }
    return true;
  }
}

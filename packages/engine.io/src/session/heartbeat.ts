import type { Clock, Timer } from "@halyard/contracts";
import type { DeadlineEntry, DeadlineQueue } from "@halyard/core";

/** All a heartbeat needs from its session. */
export interface HeartbeatPeer {
  /** Grows while a message is on its way. */
  readonly receivedBytes: number;
  sendPing(): void;
  onSilence(): void;
}

/** What the heartbeats of one server share. */
export interface HeartbeatContext {
  readonly clock: Clock;
  /** Waits of the ping interval. */
  readonly pings: DeadlineQueue;
  /** Waits for the answer to a ping. */
  readonly pongs: DeadlineQueue;
  /** Revision 3: waits for the client's ping, interval and timeout together. */
  readonly silences: DeadlineQueue;
  /** Calls back once input that is already pending has been read. */
  readonly afterInput: (callback: () => void) => void;
}

type Phase = "resting" | "awaiting" | "extended" | "deciding" | "stopped";

/**
 * Notices a peer that has gone silent. In revision 4 the server pings and the client answers in time; in revision 3 the
 * client pings. Nothing else counts as an answer, except that one packet of any kind during a wait for a pong starts that
 * wait anew, and that a client in the middle of a long message, which its answer cannot overtake, is given time as long as more
 * of it arrives. The cycle belongs to the session, so a change of transport does not disturb it.
 */
export class Heartbeat implements DeadlineEntry {
  readonly #peer: HeartbeatPeer;
  readonly #context: HeartbeatContext;
  readonly #clientPings: boolean;
  #phase: Phase = "resting";
  #decision: Timer | undefined;
  /** What had been received when the wait began, or with the last packet since. */
  #receivedBytes = 0;

  constructor(peer: HeartbeatPeer, protocol: 3 | 4, context: HeartbeatContext) {
    this.#peer = peer;
    this.#context = context;
    this.#clientPings = protocol === 3;
  }

  start(): void {
    if (this.#clientPings) this.#await("awaiting");
    else this.#rest();
  }

  stop(): void {
    this.#leave();
    this.#phase = "stopped";
  }

  /** The client answered a ping (revision 4). An answer nobody waits for changes nothing. */
  onPong(): void {
    if (this.#isAwaiting) this.#rest();
  }

  /** The client pinged (revision 3). */
  onPing(): void {
    if (this.#phase !== "stopped") this.#await("awaiting");
  }

  /** A packet other than a ping or pong has arrived. */
  onActivity(): void {
    if (!this.#isAwaiting) return;
    if (this.#phase === "extended" || this.#clientPings) this.#receivedBytes = this.#peer.receivedBytes;
    else this.#await("extended");
  }

  onDeadline(lateMs: number): void {
    if (this.#phase === "resting") {
      this.#peer.sendPing();
      if (this.#phase === "resting") this.#await("awaiting");
      return;
    }
    // Late means that the event loop stalled: the answer may be waiting to be read. The wait is extended by as much.
    this.#phase = "deciding";
    this.#decision = this.#context.clock.schedule(() => this.#context.afterInput(() => this.#decide()), lateMs, true);
  }

  get #isAwaiting(): boolean {
    return this.#phase === "awaiting" || this.#phase === "extended" || this.#phase === "deciding";
  }

  #decide(): void {
    if (this.#phase !== "deciding") return;
    if (this.#peer.receivedBytes > this.#receivedBytes) {
      this.#await("extended");
      return;
    }
    this.stop();
    this.#peer.onSilence();
  }

  #rest(): void {
    this.#leave();
    this.#phase = "resting";
    this.#context.pings.start(this);
  }

  #await(phase: "awaiting" | "extended"): void {
    this.#leave();
    this.#phase = phase;
    this.#receivedBytes = this.#peer.receivedBytes;
    this.#waits.start(this);
  }

  #leave(): void {
    if (this.#phase === "resting") this.#context.pings.stop(this);
    else this.#waits.stop(this);
    this.#decision?.cancel();
    this.#decision = undefined;
  }

  get #waits(): DeadlineQueue {
    return this.#clientPings ? this.#context.silences : this.#context.pongs;
  }
}

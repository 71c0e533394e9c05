import type { Timer } from "@halyard/contracts";
import type { ResolvedClusterOptions } from "./cluster-options.ts";
import type { Departure, Members } from "./members.ts";

/** How often silence is looked for. */
const SWEEP_MS = 1_000;

/** What is done at the beats. */
export interface HeartbeatHandler {
  /** A sign of life is due. */
  beat(): void;
  /** Somebody was silent for too long. */
  onSilent(departure: Departure): void;
}

/** Gives signs of life, and notices who gives none. */
export class Heartbeat {
  readonly #options: ResolvedClusterOptions;
  readonly #members: Members;
  readonly #handler: HeartbeatHandler;
  #beatTimer: Timer | undefined;
  #sweepTimer: Timer | undefined;
  #sweptMs = 0;
  #state: "hearing" | "deaf" = "hearing";

  constructor(options: ResolvedClusterOptions, members: Members, handler: HeartbeatHandler) {
    this.#options = options;
    this.#members = members;
    this.#handler = handler;
  }

  start(): void {
    this.#sweptMs = this.#options.clock.monotonic();
    this.#scheduleBeat();
    this.#scheduleSweep();
  }

  stop(): void {
    this.#beatTimer?.cancel();
    this.#sweepTimer?.cancel();
  }

  /** Nobody can be heard: that is not their fault, and says nothing about them. */
  pause(): void {
    this.#state = "deaf";
  }

  /** The others can be heard again; they get time anew. */
  resume(): void {
    if (this.#state === "hearing") return;
    this.#state = "hearing";
    this.#members.excuse(this.#options.clock.monotonic());
    this.#handler.beat();
  }

  #scheduleBeat(): void {
    const beat = (): void => {
      this.#scheduleBeat();
      this.#handler.beat();
    };
    this.#beatTimer = this.#options.clock.schedule(beat, this.#options.heartbeatIntervalMs, true);
  }

  #scheduleSweep(): void {
    this.#sweepTimer = this.#options.clock.schedule(() => this.#sweep(), SWEEP_MS, true);
  }

  #sweep(): void {
    this.#scheduleSweep();
    const { clock, heartbeatTimeoutMs } = this.#options;
    const nowMs = clock.monotonic();
    const wasStalled = nowMs - this.#sweptMs > 2 * SWEEP_MS;
    this.#sweptMs = nowMs;
    // after a pause of this process, what the others have sent meanwhile is yet to be read
    if (wasStalled || this.#state === "deaf") return;
    for (const departure of this.#members.removeSilent(nowMs - heartbeatTimeoutMs)) this.#handler.onSilent(departure);
  }
}

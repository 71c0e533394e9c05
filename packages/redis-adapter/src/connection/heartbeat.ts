import { codedError } from "@halyard/core";
import type { BusStatus, Clock, Timer } from "@halyard/contracts";
import type { RedisLink } from "./redis-link.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** How often a message is sent to oneself while all is well. */
const PROBE_INTERVAL_MS = 3_000;
/** How long such a message may take before the way is held to be broken. */
const PATIENCE_MS = 5_000;
/** How often a way that is held to be broken is tried. */
const RETRY_MS = 500;
/** After so many tries in vain subscriptions are renewed: the client may believe that it has them, wrongly. */
const TRIES_BEFORE_RENEWAL = 4;

/** What a {@link Heartbeat} watches. */
export interface HeartbeatPath {
  readonly publisher: RedisLink;
  readonly subscriber: RedisLink;
  readonly subscriptions: Subscriptions;
  /** Where only this node listens. */
  readonly channel: string;
  readonly kind: "channel" | "shard";
}

type State =
  /** Messages were never seen to arrive yet, or do not arrive any more. */
  { readonly name: "down"; readonly isFirst: boolean } | { readonly name: "up" } | { readonly name: "closed" };

/**
 * Proves that what is published arrives: it sends messages to itself, from one client through the server to the other. So it
 * notices servers that are frozen, and subscriptions that were lost without the client knowing.
 */
export class Heartbeat {
  readonly #path: HeartbeatPath;
  readonly #clock: Clock;
  readonly #tell: (status: BusStatus) => void;
  readonly #unwatch: readonly (() => void)[];
  #state: State = { name: "down", isFirst: true };
  #timer: Timer | undefined;
  #tries = 0;
  /** No second message is sent before the server has taken the first: clients of a frozen server would pile them up. */
  #isSending = false;
  #isRenewing = false;

  constructor(path: HeartbeatPath, clock: Clock, tell: (status: BusStatus) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#tell = tell;
    path.subscriptions.add(path.kind, path.channel, () => this.#onArrival());
    const handler = {
      onUp: () => this.#try(),
      onDown: () => this.#fall(undefined),
      onError: (cause: Error) => {
        if (!path.publisher.isUp || !path.subscriber.isUp) this.#fall(cause);
      },
    };
    this.#unwatch = [path.publisher.watch(handler), path.subscriber.watch(handler)];
  }

  get isUp(): boolean {
    return this.#state.name === "up";
  }

  close(): void {
    this.#state = { name: "closed" };
    this.#timer?.cancel();
    for (const unwatch of this.#unwatch) unwatch();
    this.#path.subscriptions.remove(this.#path.kind, this.#path.channel);
  }

  #try(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { publisher, subscriber, subscriptions } = this.#path;
    if (this.#state.name === "closed" || !publisher.isUp || !subscriber.isUp) return;
    const patience = this.#state.name === "up" ? PATIENCE_MS : RETRY_MS;
    this.#timer = this.#clock.schedule(() => this.#onSilence(), patience, true);
    if (this.#isSending) return;
    this.#isSending = true;
    void subscriptions.active().then(() => this.#send());
  }

  #send(): void {
    const { publisher, channel, kind } = this.#path;
    const settle = (): void => void (this.#isSending = false);
    const name = kind === "shard" ? "SPUBLISH" : "PUBLISH";
    if (this.#state.name === "closed" || !publisher.isUp) return settle();
    publisher.command([name, channel, ""], channel).then(settle, settle);
  }

  #onArrival(): void {
    if (this.#state.name === "closed") return;
    this.#tries = 0;
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(() => this.#try(), PROBE_INTERVAL_MS, true);
    if (this.#state.name === "up") return;
    const { isFirst } = this.#state;
    this.#state = { name: "up" };
    this.#tell({ kind: "up" });
    if (!isFirst) this.#tell({ kind: "gap" });
  }

  #onSilence(): void {
    this.#timer = undefined;
    this.#fall(codedError("REDIS_SILENT", "Redis takes messages, but they do not arrive"));
    if (++this.#tries % TRIES_BEFORE_RENEWAL === 0 && !this.#isRenewing) void this.#renew();
    this.#try();
  }

  async #renew(): Promise<void> {
    this.#isRenewing = true;
    await this.#path.subscriptions.renew();
    this.#isRenewing = false;
  }

  #fall(cause: unknown): void {
    if (this.#state.name !== "up") return;
    this.#state = { name: "down", isFirst: false };
    this.#tell({ kind: "down", ...(cause !== undefined && { cause }) });
  }
}

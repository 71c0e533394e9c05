import type { Clock, Timer } from "@halyard/contracts";
import type { RedisLink, RedisMessageListener, SubscriptionKind } from "./redis-link.ts";

/** How long after a refusal a subscription is asked for again, if the server is there. */
const RETRY_MS = 500;

interface Subscription {
  readonly kind: SubscriptionKind;
  readonly channel: string;
  readonly listener: RedisMessageListener;
  state: "wanted" | "asked" | "active";
}

/**
 * Keeps a set of subscriptions alive: what is wanted is asked for as soon as the server is there, and again until it agrees.
 * The clients themselves ask again after reconnections for what was active.
 */
export class Subscriptions {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #wanted = new Map<string, Subscription>();
  readonly #unwatch: () => void;
  #retry: Timer | undefined;
  #waiters: (() => void)[] = [];

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#unwatch = link.watch({ onUp: () => this.#askForAll(), onDown: () => {}, onError: () => {} });
  }

  get size(): number {
    return this.#wanted.size;
  }

  /** Settles once all that is wanted is active. */
  async active(): Promise<void> {
    while (this.#isPending()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  isActive(kind: SubscriptionKind, channel: string): boolean {
    return this.#wanted.get(`${kind} ${channel}`)?.state === "active";
  }

  add(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): void {
    const subscription: Subscription = { kind, channel, listener, state: "wanted" };
    this.#wanted.set(`${kind} ${channel}`, subscription);
    if (this.#link.isUp) this.#ask(subscription);
  }

  remove(kind: SubscriptionKind, channel: string): void {
    if (!this.#wanted.delete(`${kind} ${channel}`)) return;
    this.#wake();
    this.#link.unsubscribe(kind, channel).catch(() => {}); // a server that is gone has forgotten it anyway
  }

  /** Ends and renews every subscription, for a client that holds them to be active though nothing arrives. */
  async renew(): Promise<void> {
    const all = [...this.#wanted.values()];
    await Promise.allSettled(all.map(({ kind, channel }) => this.#link.unsubscribe(kind, channel)));
    for (const subscription of this.#wanted.values()) subscription.state = "wanted";
    this.#askForAll();
  }

  /** Ends every subscription. Idempotent. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#retry?.cancel();
    const all = [...this.#wanted.values()];
    this.#wanted.clear();
    this.#wake();
    if (this.#link.isUp)
      await Promise.allSettled(all.map(({ kind, channel }) => this.#link.unsubscribe(kind, channel)));
  }

  #askForAll(): void {
    for (const subscription of this.#wanted.values()) if (subscription.state === "wanted") this.#ask(subscription);
  }

  #ask(subscription: Subscription): void {
    const { kind, channel, listener } = subscription;
    subscription.state = "asked";
    this.#link.subscribe(kind, channel, listener).then(
      () => {
        subscription.state = "active";
        this.#onActive(subscription);
      },
      () => {
        subscription.state = "wanted";
        this.#retry ??= this.#clock.schedule(() => this.#onRetry(), RETRY_MS, true);
      },
    );
  }

  /** It may have been removed, or renewed, while the server was asked. */
  #onActive({ kind, channel }: Subscription): void {
    if (!this.#wanted.has(`${kind} ${channel}`)) this.#link.unsubscribe(kind, channel).catch(() => {});
    this.#wake();
  }

  #onRetry(): void {
    this.#retry = undefined;
    if (this.#link.isUp) this.#askForAll();
  }

  #isPending(): boolean {
    for (const { state } of this.#wanted.values()) if (state !== "active") return true;
    return false;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

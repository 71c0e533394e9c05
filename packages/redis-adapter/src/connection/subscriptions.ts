import type { Clock, Timer } from "@halyard/contracts";
import type { RedisLink, RedisMessageListener, SubscriptionKind } from "./redis-link.ts";

/** How long after a refusal a subscription is asked for again, if the server is there. */
const RETRY_MS = 500;

/** One channel: what is wanted, and what the server has. At most one command about it is under way. */
interface Subscription {
  readonly kind: SubscriptionKind;
  readonly channel: string;
  listener: RedisMessageListener;
  wanted: "on" | "off";
  actual: "on" | "off" | "changing";
}

/**
 * Keeps a set of subscriptions alive: what is wanted is asked for as soon as the server is there, and again until it agrees.
 * The clients themselves ask again after reconnections for what was active.
 */
export class Subscriptions {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #all = new Map<string, Subscription>();
  /** Those that the server has not agreed to yet. */
  readonly #pending = new Set<Subscription>();
  readonly #waiters = new Set<{ readonly for: Set<Subscription>; readonly wake: () => void }>();
  readonly #unwatch: () => void;
  #retry: Timer | undefined;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#unwatch = link.watch({ onUp: () => this.#reviewPending(), onDown: () => {}, onError: () => {} });
  }

  /** How many channels there are, those included that are being ended. */
  get size(): number {
    return this.#all.size;
  }

  /** Settles once all that is wanted now is active, or wanted no longer. */
  async active(): Promise<void> {
    const awaited = new Set([...this.#pending].filter(({ wanted }) => wanted === "on"));
    if (awaited.size === 0) return;
    await new Promise<void>((resolve) => this.#waiters.add({ for: awaited, wake: resolve }));
  }

  isActive(kind: SubscriptionKind, channel: string): boolean {
    return this.#all.get(`${kind} ${channel}`)?.actual === "on";
  }

  add(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): void {
    const id = `${kind} ${channel}`;
    const subscription = this.#all.get(id) ?? { kind, channel, listener, wanted: "on", actual: "off" };
    this.#all.set(id, subscription);
    subscription.listener = listener;
    subscription.wanted = "on";
    this.#review(subscription);
  }

  remove(kind: SubscriptionKind, channel: string): void {
    const subscription = this.#all.get(`${kind} ${channel}`);
    if (subscription === undefined) return;
    subscription.wanted = "off";
    this.#review(subscription);
  }

  /** Ends and renews every subscription, for a client that holds them to be active though nothing arrives. */
  async renew(): Promise<void> {
    const active = [...this.#all.values()].filter(({ actual }) => actual === "on");
    for (const subscription of active) subscription.actual = "changing";
    await Promise.allSettled(active.map(({ kind, channel }) => this.#link.unsubscribe(kind, channel)));
    for (const subscription of active) this.#set(subscription, "off");
  }

  /** Ends every subscription. Idempotent. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#retry?.cancel();
    const all = [...this.#all.values()];
    this.#all.clear();
    for (const subscription of all) this.#wake(subscription);
    this.#pending.clear();
    const ended = Promise.allSettled(all.map(({ kind, channel }) => this.#link.unsubscribe(kind, channel)));
    if (this.#link.isUp) await ended;
  }

  #reviewPending(): void {
    for (const subscription of this.#pending) this.#review(subscription);
  }

  /** Brings what the server has closer to what is wanted. */
  #review(subscription: Subscription): void {
    const { kind, channel, wanted, actual } = subscription;
    if (wanted === actual || wanted === "off") this.#wake(subscription);
    if (wanted === actual) {
      this.#pending.delete(subscription);
      if (wanted === "off") this.#all.delete(`${kind} ${channel}`);
      return;
    }
    this.#pending.add(subscription);
    if (actual === "changing" || !this.#link.isUp) return;
    subscription.actual = "changing";
    if (wanted === "on") this.#subscribe(subscription);
    else this.#unsubscribe(subscription);
  }

  #subscribe(subscription: Subscription): void {
    const { kind, channel } = subscription;
    const listener: RedisMessageListener = (payload, from) => subscription.listener(payload, from);
    this.#link.subscribe(kind, channel, listener).then(
      () => this.#set(subscription, "on"),
      () => {
        subscription.actual = "off";
        this.#retry ??= this.#clock.schedule(() => this.#onRetry(), RETRY_MS, true);
      },
    );
  }

  #unsubscribe(subscription: Subscription): void {
    const settle = (): void => this.#set(subscription, "off"); // a server that is gone has forgotten it anyway
    this.#link.unsubscribe(subscription.kind, subscription.channel).then(settle, settle);
  }

  #set(subscription: Subscription, actual: "on" | "off"): void {
    const { kind, channel } = subscription;
    subscription.actual = actual;
    if (this.#all.get(`${kind} ${channel}`) === subscription) this.#review(subscription);
  }

  #onRetry(): void {
    this.#retry = undefined;
    this.#reviewPending();
  }

  /** Nobody needs to wait for a subscription any more. */
  #wake(subscription: Subscription): void {
    for (const waiter of this.#waiters) {
      if (!waiter.for.delete(subscription) || waiter.for.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
  }
}

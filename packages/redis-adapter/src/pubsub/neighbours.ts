import type { Clock, Timer } from "@halyard/contracts";
import type { RedisLink } from "../connection/redis-link.ts";
import type { Channels } from "./channels.ts";
import { isOurs } from "./node-id.ts";
import { Roster } from "./roster.ts";
import { RequestType, type Fields } from "./wire.ts";

/** How often nodes are counted: those of socket.io say nothing as they come and go, nor does one that is killed. */
const CENSUS_MS = 5_000;
/** Namespaces whose nodes are counted at once; the next ones are next time. */
const MAX_COUNTED = 256;
/** Namespaces in which it is looked up at once who has come or gone: Redis goes through all its channels for each. */
const MAX_LOOKED_UP = 16;
/** The longest id that a node has. */
const MAX_ID_LENGTH = 64;

/** What {@link Neighbours} need. */
export interface NeighboursPlan {
  /** This node. */
  readonly uid: string;
  readonly link: RedisLink;
  readonly channels: Channels;
  readonly clock: Clock;
  /** How long an answer of Redis is waited for. */
  readonly patienceMs: number;
  /** Whether Redis counts this node among those of a namespace. */
  readonly isCounted: (namespace: string) => boolean;
  readonly handler: NeighboursHandler;
}

/** Hears who comes and goes. */
interface NeighboursHandler {
  /** A node has its first namespace in common with this one. */
  onCome(uid: string): void;
  onGone(uid: string): void;
  /** Something has changed, or it was looked up and has not. */
  onReviewed(): void;
}

/** Who has come and gone in a namespace since something was asked. */
type Changes = Map<string, "hello" | "goodbye">;

/** The other nodes of one namespace. */
interface Neighbourhood {
  /** Undefined until Redis has said it. */
  nodes: ReadonlySet<string> | undefined;
  /** One for each question under way, whose answer does not know of them. */
  readonly underWay: Set<Changes>;
}

/**
 * Knows the other nodes of each namespace. A node that comes says hello once it can be heard, and then looks up who is there: so of
 * two that start together, the one that is heard first hears the other, which finds it. One that leaves says goodbye. Nodes of socket.io
 * skip both.
 */
export class Neighbours {
  readonly #plan: NeighboursPlan;
  readonly #roster: Roster;
  readonly #places = new Map<string, Neighbourhood>();
  /** In how many namespaces each node is. */
  readonly #counts = new Map<string, number>();
  #foreign = 0;
  #unknown = 0;
  #timer: Timer | undefined;
  #firstCounted = 0;
  #state: "open" | "closed" = "open";

  constructor(plan: NeighboursPlan) {
    this.#plan = plan;
    this.#roster = new Roster(plan.link, plan.channels);
    this.#schedule();
  }

  /** Whether it is known of all namespaces who is there, and nobody is who does not read batches. */
  get areAllOurs(): boolean {
    return this.#unknown === 0 && this.#foreign === 0;
  }

  /** The nodes of a namespace as far as it is known. */
  of(namespace: string): ReadonlySet<string> {
    return this.#places.get(namespace)?.nodes ?? NOBODY;
  }

  /** Whether a node is in any namespace. */
  knows(uid: string): boolean {
    return this.#counts.has(uid);
  }

  /** A namespace is there, whose nodes are not known yet. */
  open(namespace: string): void {
    this.#unknown++;
    this.#places.set(namespace, { nodes: undefined, underWay: new Set() });
    this.#plan.handler.onReviewed();
  }

  /** The others can be heard in a namespace: lets them know, and settles once this node knows them. */
  async join(namespace: string): Promise<void> {
    if (!this.#places.has(namespace)) return;
    this.#say(namespace, RequestType.HELLO);
    await this.lookUp(namespace);
  }

  leave(namespace: string): void {
    const place = this.#places.get(namespace);
    if (place === undefined) return;
    this.#assign(place, NOBODY);
    this.#places.delete(namespace);
    this.#say(namespace, RequestType.GOODBYE);
  }

  /** The others can be heard again: they may hold this node to be gone. */
  onBack(): void {
    for (const namespace of this.#places.keys()) this.#say(namespace, RequestType.HELLO);
  }

  /** Takes a hello or a goodbye. @returns false for anything else */
  onRequest(namespace: string, { type, uid }: Fields): boolean {
    if (type !== RequestType.HELLO && type !== RequestType.GOODBYE) return false;
    if (typeof uid !== "string" || !isOurs(uid) || uid.length > MAX_ID_LENGTH) return false;
    const place = this.#places.get(namespace);
    const change = type === RequestType.HELLO ? "hello" : "goodbye";
    for (const changes of place?.underWay ?? []) changes.set(uid, change);
    if (place?.nodes === undefined || place.nodes.has(uid) === (change === "hello")) return true; // else it is being looked up
    this.#assign(place, changed(place.nodes, new Map([[uid, change]])));
    return true;
  }

  /** Looks up who is there; while Redis is away, those that were known before. */
  async lookUp(namespace: string): Promise<ReadonlySet<string>> {
    const place = this.#places.get(namespace);
    if (place === undefined) return NOBODY;
    const changes: Changes = new Map();
    place.underWay.add(changes);
    const names = await this.#ask(() => this.#roster.names(namespace));
    place.underWay.delete(changes);
    if (names === undefined || this.#places.get(namespace) !== place) return this.of(namespace);
    const others = [...names].filter((uid) => uid !== this.#plan.uid);
    this.#assign(place, changed(others, changes));
    return this.of(namespace);
  }

  /** Counts the other nodes of each namespace. @returns undefined while Redis is away */
  async count(namespaces: readonly string[]): Promise<readonly number[] | undefined> {
    const own = namespaces.map((namespace) => (this.#plan.isCounted(namespace) ? 1 : 0));
    const counts = await this.#ask(() => this.#roster.counts(namespaces));
    return counts?.map((count, index) => Math.max(0, count - (own[index] ?? 0)));
  }

  close(): void {
    this.#state = "closed";
    this.#timer?.cancel();
  }

  /** Takes who is there now. */
  #assign(place: Neighbourhood, nodes: ReadonlySet<string>): void {
    const before = place.nodes;
    if (before === undefined) this.#unknown--;
    place.nodes = nodes;
    for (const uid of nodes) if (before?.has(uid) !== true) this.#count(uid, 1);
    for (const uid of before ?? NOBODY) if (!nodes.has(uid)) this.#count(uid, -1);
    this.#plan.handler.onReviewed();
  }

  #count(uid: string, change: 1 | -1): void {
    const before = this.#counts.get(uid) ?? 0;
    if (before + change > 0) this.#counts.set(uid, before + change);
    else this.#counts.delete(uid);
    if (before > 0 && before + change > 0) return;
    if (!isOurs(uid)) this.#foreign += change;
    if (change > 0) this.#plan.handler.onCome(uid);
    else this.#plan.handler.onGone(uid);
  }

  /** Says something to all nodes of a namespace. It is not kept for later: then it would be out of date. */
  #say(namespace: string, type: number): void {
    const { link, channels, uid } = this.#plan;
    if (!link.isUp) return;
    link.command(["PUBLISH", channels.request(namespace), JSON.stringify({ uid, type })]).catch(() => {}); // the census makes up for it
  }

  #schedule(): void {
    this.#timer = this.#plan.clock.schedule(() => void this.#takeCensus(), CENSUS_MS, true);
  }

  /** Looks up who is there where it is not as many as are known. */
  async #takeCensus(): Promise<void> {
    const namespaces = this.#nextCounted();
    const counts = namespaces.length === 0 ? undefined : await this.count(namespaces);
    const differing = namespaces.filter(
      (namespace, index) => this.#places.get(namespace)?.nodes?.size !== counts?.[index],
    );
    if (counts !== undefined) for (const namespace of differing.slice(0, MAX_LOOKED_UP)) await this.lookUp(namespace);
    if (this.#state === "open") this.#schedule();
  }

  #nextCounted(): readonly string[] {
    const all = [...this.#places.keys()];
    const first = this.#firstCounted < all.length ? this.#firstCounted : 0;
    this.#firstCounted = first + MAX_COUNTED;
    return all.slice(first, first + MAX_COUNTED);
  }

  /** @returns undefined while Redis does not answer */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { link, clock, patienceMs } = this.#plan;
    if (!link.isUp) return undefined;
    return await new Promise<T | undefined>((resolve) => {
      const timer = clock.schedule(() => resolve(undefined), patienceMs, true);
      const settle = (answer?: T): void => {
        timer.cancel();
        resolve(answer);
      };
      question().then(settle, () => settle());
    });
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function changed(nodes: Iterable<string>, changes: Changes): ReadonlySet<string> {
  const result = new Set(nodes);
  for (const [uid, change] of changes)
    if (change === "hello") result.add(uid);
    else result.delete(uid);
  return result;
}

import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import type { Hub } from "./hub.ts";
import { isOurs } from "./node-id.ts";
import { OpenQuery } from "./open-query.ts";

/** How often it is looked up who is still there, while answers are missing. */
const ROSTER_INTERVAL_MS = 1_000;
/** How long a query whose time is over waits for Redis to say who is there: else who is missing might not be named. */
const ROSTER_PATIENCE_MS = 500;

/** One query and the ways to ask it. */
export interface QueryPlan {
  readonly hub: Hub;
  readonly namespace: string;
  readonly query: ClusterQuery;
  readonly signal: AbortSignal;
  /** Lets responses find the query. */
  open(query: OpenQuery): void;
  /** Sends it: in the words of all nodes, or in those that only nodes of this package know. */
  send(words: "ours" | "common"): void;
  close(): void;
}

/** Asks all other nodes, and ends the replies when all have answered or left, or when the time is over. */
export function runQuery(plan: QueryPlan): AsyncIterable<ClusterReply | MissingNode> {
  const run = new QueryRun(plan);
  run.start();
  return run.replies;
}

class QueryRun {
  readonly #plan: QueryPlan;
  readonly #open: OpenQuery;
  readonly #stop: () => void;
  /** While it is being looked up who is to answer. */
  #roster: Promise<void> | undefined;

  constructor(plan: QueryPlan) {
    this.#plan = plan;
    this.#open = new OpenQuery(plan.query, plan.hub.neighbours.of(plan.namespace), { onEnded: () => this.#onEnded() });
    const { clock } = plan.hub.options;
    const onAbort = (): void => this.#onTimeout();
    plan.signal.addEventListener("abort", onAbort, { once: true });
    let timer = clock.schedule(() => tick(), ROSTER_INTERVAL_MS, true);
    const tick = (): void => {
      timer = clock.schedule(tick, ROSTER_INTERVAL_MS, true);
      void this.#lookAgain();
    };
    this.#stop = () => {
      timer.cancel();
      plan.signal.removeEventListener("abort", onAbort);
    };
  }

  get replies(): AsyncIterable<ClusterReply | MissingNode> {
    return this.#open.replies;
  }

  start(): void {
    const plan = this.#plan;
    plan.open(this.#open);
    if (plan.signal.aborted) return this.#onTimeout();
    const asksOurs = plan.query.kind === "count" || plan.query.kind === "rooms";
    if (asksOurs) void this.#askOurs();
    else {
      const known = (): void => void (this.#roster = undefined);
      this.#roster = this.#count().then(known); // first, so that it is not counted who comes between the two
      plan.send("common");
    }
  }

  /** Nodes of the incumbent do not know these questions, so it must be known first who is there. */
  async #askOurs(): Promise<void> {
    const { hub, namespace } = this.#plan;
    const names = await hub.neighbours.lookUp(namespace);
    if (!this.#open.isOpen) return;
    this.#plan.send([...names].every(isOurs) ? "ours" : "common");
    this.#open.onRoster(names, hub.silentAmong(names));
  }

  async #count(): Promise<void> {
    const { hub, namespace } = this.#plan;
    const [count] = (await hub.neighbours.count([namespace])) ?? [];
    if (count === undefined) return;
    const known = hub.neighbours.of(namespace);
    if (known.size === count) this.#open.expectNodes(count, hub.silentAmong(known));
    else await this.#lookAgain();
  }

  async #lookAgain(): Promise<void> {
    const { hub, namespace } = this.#plan;
    if (!hub.isUp || !this.#open.isOpen) return;
    const names = await hub.neighbours.lookUp(namespace);
    this.#open.onRoster(names, hub.silentAmong(names));
  }

  #onTimeout(): void {
    if (this.#roster === undefined) return this.#giveUp();
    const { clock } = this.#plan.hub.options;
    const timer = clock.schedule(() => this.#giveUp(), ROSTER_PATIENCE_MS, true);
    void this.#roster.then(() => {
      timer.cancel();
      this.#giveUp();
    });
  }

  #giveUp(): void {
    if (!this.#open.isOpen) return;
    this.#plan.hub.onSilent(this.#open.silent);
    this.#open.end();
  }

  #onEnded(): void {
    this.#stop();
    this.#plan.close();
  }
}

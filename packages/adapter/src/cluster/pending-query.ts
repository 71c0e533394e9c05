import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { PushStream } from "@halyard/core";

/** How far one node's answer is. */
interface Progress {
  /** How many of its clients were asked; unknown before it says so, and for queries that ask no clients. */
  expected: number | undefined;
  received: number;
}

/** What is called missing where nobody knows a name. */
const UNNAMED = "unknown";

/**
 * A query of this node that waits for the others. It is over once each has finished or left, or when its time is; then those
 * whose answers are not complete are named at the end of the stream.
 */
export class PendingQuery {
  readonly stream: PushStream<ClusterReply | MissingNode>;
  readonly #kind: ClusterQuery["kind"];
  readonly #waiting = new Map<string, Progress>();
  readonly #finished = new Set<string>();
  readonly #onOver: () => void;
  /** Nodes that are known by number only and have not answered yet; undefined until their number is known. */
  #unnamed: number | undefined;
  /** Who they may be. */
  #names: readonly string[] = [];

  /** With `countsUnnamed`, waits until {@link expectUnnamed} has been called too. `onOver` is called once. */
  constructor(kind: ClusterQuery["kind"], nodes: Iterable<string>, countsUnnamed: boolean, onOver: () => void) {
    this.#kind = kind;
    for (const node of nodes) this.#waiting.set(node, { expected: undefined, received: 0 });
    this.#unnamed = countsUnnamed ? undefined : 0;
    this.#onOver = onOver;
    this.stream = new PushStream(() => this.#end());
    this.#check();
  }

  /** So many nodes answer in all, whether they are known by name or not. */
  expectUnnamed(count: number): void {
    if (this.#unnamed === undefined) this.#unnamed = Math.max(0, count - this.#waiting.size - this.#finished.size);
    this.#check();
  }

  /** Whether it waits for nodes that are known by number only. */
  get hasUnnamed(): boolean {
    return !this.stream.isEnded && this.#unnamed !== undefined && this.#unnamed > 0;
  }

  /** Takes what the nodes are called that are there. */
  nameUnnamed(names: readonly string[]): void {
    this.#names = names;
  }

  take(node: string, replies: readonly ClusterReply[], isLast: boolean): void {
    if (this.#finished.has(node)) return;
    const progress = this.#waiting.get(node) ?? this.#meet(node);
    for (const reply of replies) this.#pass(progress, reply);
    if (isLast || this.#hasAll(progress)) this.#finish(node);
  }

  /** A node has left the cluster. */
  miss(node: string): void {
    if (!this.#waiting.has(node)) return;
    this.stream.push({ kind: "missing", node, reason: "left" });
    this.#finish(node);
  }

  /** The time is over. */
  expire(): void {
    if (this.stream.isEnded) return;
    for (const node of this.#waiting.keys()) this.stream.push({ kind: "missing", node, reason: "silent" });
    for (const node of this.#namesOfUnnamed()) this.stream.push({ kind: "missing", node, reason: "silent" });
    this.#end();
  }

  #namesOfUnnamed(): readonly string[] {
    const unnamed = this.#unnamed ?? 0;
    const names = this.#names.filter((name) => !this.#waiting.has(name) && !this.#finished.has(name));
    // names that are more or fewer than the nodes say nothing certain of any of them
    return names.length === unnamed ? names : Array.from({ length: unnamed }, () => UNNAMED);
  }

  /** A node answers that was not known when the query was sent. */
  #meet(node: string): Progress {
    const progress = { expected: undefined, received: 0 };
    this.#waiting.set(node, progress);
    if (this.#unnamed !== undefined && this.#unnamed > 0) this.#unnamed--;
    return progress;
  }

  #pass(progress: Progress, reply: ClusterReply): void {
    if (reply.kind === "expect") progress.expected = reply.count;
    else if (reply.kind === "ack") progress.received++;
    this.stream.push(reply);
  }

  #hasAll({ expected, received }: Progress): boolean {
    return this.#kind === "broadcastWithAck" && expected !== undefined && received >= expected;
  }

  #finish(node: string): void {
    this.#waiting.delete(node);
    this.#finished.add(node);
    this.#check();
  }

  #check(): void {
    if (this.#waiting.size === 0 && this.#unnamed === 0) this.#end();
  }

  #end(): void {
    if (this.stream.isEnded) return;
    this.stream.end();
    this.#onOver();
  }
}

import type { Bus, BusBacklog, BusHandler, BusMessage, Clock } from "@halyard/contracts";
import { plainCopy } from "../plain-copy.ts";

/** A node as its network sees it. */
export interface NetworkPeer {
  readonly nodeId: string;
  /** Takes a message of another node, so many milliseconds from now or after what that node has sent before. */
  receive(message: unknown, from: string, delayMs: number): void;
  setLink(link: "up" | "down"): void;
}

/** A network as its nodes see it. */
export interface PeerNetwork {
  readonly clock: Clock;
  attach(peer: NetworkPeer): void;
  detach(peer: NetworkPeer): void;
  /** Brings a message to every other node, or to one of them. */
  carry(message: unknown, from: string, to: string | undefined): void;
}

/** Messages that may wait while this node is cut off. */
const MAX_BACKLOG = 10_000;

type State = "new" | "up" | "down" | "closed";

interface Waiting {
  readonly message: unknown;
  readonly to: string | undefined;
}

/** A node's end of a network in memory. */
export class MemoryBus implements Bus, NetworkPeer {
  readonly nodeId: string;
  readonly #network: PeerNetwork;
  /** What is under way from each node, in order; whatever takes the oldest is timed for it. */
  readonly #underWay = new Map<string, unknown[]>();
  readonly #lastDueMs = new Map<string, number>();
  #handler: BusHandler | undefined;
  #state: State = "new";
  #backlog: Waiting[] = [];

  constructor(nodeId: string, network: PeerNetwork) {
    this.nodeId = nodeId;
    this.#network = network;
  }

  /** Messages in memory have no size. */
  get backlog(): BusBacklog {
    return { messages: this.#backlog.length, bytes: 0 };
  }

  start(handler: BusHandler): Promise<void> {
    this.#handler = handler;
    this.#network.attach(this);
    return Promise.resolve();
  }

  publish(message: BusMessage): void {
    this.#carry(message, undefined);
  }

  send(message: BusMessage, to: string): void {
    this.#carry(message, to);
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#backlog = [];
    this.#network.detach(this);
    return Promise.resolve();
  }

  receive(message: unknown, from: string, delayMs: number): void {
    const { clock } = this.#network;
    const nowMs = clock.monotonic();
    const dueMs = Math.max(nowMs + delayMs, this.#lastDueMs.get(from) ?? 0);
    this.#queue(from).push(message);
    const deliver = (): void => {
      const arrived = this.#queue(from).shift();
      if (this.#state !== "closed") this.#handler?.onMessage(plainCopy(arrived));
    };
    if (dueMs <= nowMs) return void setImmediate(deliver);
    this.#lastDueMs.set(from, dueMs);
    clock.schedule(deliver, dueMs - nowMs, true);
  }

  setLink(link: "up" | "down"): void {
    if (this.#state === "closed" || this.#state === link) return;
    const hasMissed = this.#state === "down";
    this.#state = link;
    setImmediate(() => this.#tell(link, hasMissed));
    if (link === "down") return;
    for (const { message, to } of this.#backlog.splice(0)) this.#network.carry(message, this.nodeId, to);
  }

  #tell(link: "up" | "down", hasMissed: boolean): void {
    if (this.#state !== link) return; // it has changed again
    this.#handler?.onStatus({ kind: link });
    if (hasMissed) this.#handler?.onStatus({ kind: "gap" });
  }

  #queue(from: string): unknown[] {
    let queue = this.#underWay.get(from);
    if (queue === undefined) this.#underWay.set(from, (queue = []));
    return queue;
  }

  #carry(given: BusMessage, to: string | undefined): void {
    if (this.#state === "closed") return;
    let message: unknown;
    try {
      message = plainCopy(given);
    } catch (cause) {
      this.#handler?.onStatus({ kind: "dropped", messages: 1, bytes: 0, cause });
      return;
    }
    if (this.#state === "up") return this.#network.carry(message, this.nodeId, to);
    this.#backlog.push({ message, to });
    if (this.#backlog.length <= MAX_BACKLOG) return;
    this.#backlog.shift();
    this.#handler?.onStatus({ kind: "dropped", messages: 1, bytes: 0 });
  }
}

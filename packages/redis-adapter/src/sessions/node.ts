import { randomUUID } from "node:crypto";
import type { Clock, Timer } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { pack, unpack } from "@halyard/msgpack-parser";
import type { OwnedRedisLink, RedisLink } from "../connection/redis-link.ts";
import { Subscriptions } from "../connection/subscriptions.ts";
import { ask } from "./ask.ts";

/** How often a node says that it is alive, and for how long that counts. */
const SIGN_OF_LIFE_MS = 500;
const ALIVE_MS = 2_000;
/** How long a node may take to let go of a session. */
const RELEASE_TIMEOUT_MS = 5_000;
/** How often it is looked whether a node that does not listen is still alive. */
const LOOK_MS = 100;

/** Lets go of a session; settles once everything about it is written. */
export type Release = (namespace: string, pid: string) => Promise<void>;

/** This server among those that share sessions: asks the others to let go of a session, and does what they ask. */
export class SharingNode {
  readonly id: string = randomUUID();
  readonly #link: RedisLink;
  readonly #subscriber: OwnedRedisLink;
  readonly #subscriptions: Subscriptions;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #release: Release;
  readonly #waiting = new Map<string, () => void>();
  #state: "open" | "closed" = "open";
  #timer: Timer | undefined;
  #lastRequest = 0;

  constructor(link: RedisLink, clock: Clock, prefix: string, release: Release) {
    this.#link = link;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#release = release;
    this.#subscriber = link.duplicate();
    this.#subscriptions = new Subscriptions(this.#subscriber, clock);
    this.#subscriptions.add("channel", this.#inbox(this.id), (payload) => this.#onMessage(payload));
    this.#showLife();
  }

  /**
   * Has another node let go of a session. Settles once it has, or once it is certain that it is gone.
   * @throws `STORAGE_TIMEOUT` if it is alive and does not answer, or Redis does not
   * @throws `STORAGE_DOWN` while Redis is away
   */
  async askForRelease(node: string, namespace: string, pid: string): Promise<void> {
    const request = `${this.id} ${++this.#lastRequest}`;
    const answered = new Promise<boolean>((resolve) => {
      const timer = this.#clock.schedule(() => resolve(false), RELEASE_TIMEOUT_MS, true);
      this.#waiting.set(request, () => {
        timer.cancel();
        resolve(true);
      });
    });
    try {
      const receivers = Number(await this.#post(node, ["release", request, namespace, pid]));
      if (receivers === 0 && (await this.#isGone(node))) return;
      if ((await answered) || !(await this.#isAlive(node))) return;
    } finally {
      this.#waiting.get(request)?.();
      this.#waiting.delete(request);
    }
    throw codedError("STORAGE_TIMEOUT", "the server that has the session does not let go of it");
  }

  /** Says farewell. Idempotent. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#timer?.cancel();
    if (this.#link.isUp) this.#link.command(["DEL", this.#life(this.id)]).catch(() => {});
    this.#subscriptions.close().then(
      () => this.#subscriber.end(),
      () => this.#subscriber.end(),
    );
  }

  #showLife(): void {
    if (this.#state === "closed") return;
    this.#timer = this.#clock.schedule(() => this.#showLife(), SIGN_OF_LIFE_MS, true);
    if (this.#link.isUp) this.#link.command(["SET", this.#life(this.id), "1", "PX", String(ALIVE_MS)]).catch(() => {});
  }

  async #isAlive(node: string): Promise<boolean> {
    return Number(await ask(this.#link, this.#clock, ["EXISTS", this.#life(node)])) === 1;
  }

  /** Nobody listens: the node has just died, or it has lost a connection. Its last sign of life tells, in a moment. */
  async #isGone(node: string): Promise<boolean> {
    for (let waitedMs = 0; waitedMs <= ALIVE_MS + SIGN_OF_LIFE_MS; waitedMs += LOOK_MS) {
      if (!(await this.#isAlive(node))) return true;
      await new Promise<void>((resolve) => void this.#clock.schedule(resolve, LOOK_MS, true));
    }
    return false;
  }

  #onMessage(payload: Buffer): void {
    const message = read(payload);
    if (message === undefined) return;
    const [kind, request, namespace = "", pid = ""] = message;
    if (kind === "released") return this.#waiting.get(request)?.();
    const [from = ""] = request.split(" ");
    const answer = async (): Promise<void> => {
      await this.#release(namespace, pid);
      // a node that is closed has written everything: whoever asks need not wait until it is held for dead
      if (this.#link.isUp) await this.#post(from, ["released", request]);
    };
    answer().catch(() => {}); // whoever asks hears nothing, and does not take the session while this node is alive
  }

  async #post(node: string, message: Message): Promise<unknown> {
    return await ask(this.#link, this.#clock, ["PUBLISH", this.#inbox(node), Buffer.from(pack(message))]);
  }

  #inbox(node: string): string {
    return `${this.#prefix}:inbox:${node}`;
  }

  #life(node: string): string {
    return `${this.#prefix}:node:${node}`;
  }
}

type Message =
  | readonly ["release", request: string, namespace: string, pid: string]
  | readonly ["released", request: string];

function read(payload: Buffer): Message | undefined {
  let value: unknown;
  try {
    value = unpack(payload, 1);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [kind, request, namespace, pid]: unknown[] = value;
  if (typeof request !== "string") return undefined;
  if (kind === "released") return [kind, request];
  return kind === "release" && typeof namespace === "string" && typeof pid === "string"
    ? [kind, request, namespace, pid]
    : undefined;
}

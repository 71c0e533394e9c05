import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { PushStream } from "@halyard/core";
import { isOurs } from "./node-id.ts";
import { readSocket, RequestType, type Fields } from "./wire.ts";

/** Hears when a query has ended. */
export interface OpenQueryHandler {
  onEnded(): void;
}

/** How far one node has come with its answer. */
interface Progress {
  expected: number;
  acks: number;
  state: "answering" | "finished";
}

/**
 * One query that other nodes are answering. Nodes of this package say who they are; answers of others can only be counted. How
 * many answers to expect comes from Redis, which knows who listens.
 */
export class OpenQuery {
  readonly query: ClusterQuery;
  readonly replies: PushStream<ClusterReply | MissingNode>;
  /** Nodes that were there when the query was sent, as far as it is known. */
  #asked: Set<string>;
  readonly #handler: OpenQueryHandler;
  readonly #left = new Set<string>();
  /** Nodes that are not waited for. */
  #excluded: ReadonlySet<string> = new Set();
  readonly #named = new Map<string, Progress>();
  readonly #nameless: Progress = { expected: 0, acks: 0, state: "answering" };
  #namelessAnswers = 0;
  /** How many nodes are to answer; unknown until Redis has said so. */
  #nodes: number | undefined;
  #state: "open" | "ended" = "open";

  constructor(query: ClusterQuery, asked: ReadonlySet<string>, handler: OpenQueryHandler) {
    this.query = query;
    this.#asked = new Set(asked);
    this.#handler = handler;
    this.replies = new PushStream(() => this.end());
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Nodes that were silent although their answer takes no work of an application. */
  get silent(): readonly string[] {
    if (this.query.kind === "serverEventWithAck") return [];
    return [...this.#missing()].filter((uid) => !this.#left.has(uid) && this.#named.get(uid) === undefined);
  }

  /** Takes how many nodes there are besides this one, and which of them are not waited for. */
  expectNodes(count: number, excluded: ReadonlySet<string>): void {
    this.#excluded = excluded;
    this.#nodes = count - excluded.size;
    this.#check();
  }

  /** Takes who is there now: those who were and are not any more will not answer. */
  onRoster(present: ReadonlySet<string>, excluded: ReadonlySet<string>): void {
    // what was known before may be out of date; but nodes of ours that were known may also have left since they were asked
    if (this.#nodes === undefined) this.#asked = new Set([...this.#asked].filter(isOurs));
    for (const uid of this.#asked) if (!present.has(uid)) this.#left.add(uid);
    for (const uid of present) this.#asked.add(uid);
    let count = present.size;
    for (const uid of this.#named.keys()) if (!present.has(uid)) count++; // has answered, and left since
    this.expectNodes(count, excluded);
  }

  /** A node of ours says that it leaves. */
  onGoodbye(uid: string): void {
    if (this.#nodes === undefined) this.#asked.add(uid);
    else if (!this.#asked.has(uid) || this.#left.has(uid)) return;
    else if (!this.#excluded.has(uid) && !this.#named.has(uid)) this.#nodes--; // who has answered counts still
    this.#left.add(uid);
    this.#check();
  }

  onResponse(response: Fields): void {
    const uid = typeof response["uid"] === "string" ? response["uid"] : undefined;
    switch (response["type"]) {
      case RequestType.CLIENT_COUNT:
        return this.#onClientCount(uid, response["clientCount"]);
      case RequestType.ACK:
        this.#progress(uid).acks++;
        this.replies.push({ kind: "ack", data: [response["packet"]] });
        return this.#check();
      case RequestType.SERVER_EVENT:
        this.replies.push({ kind: "ack", data: [response["data"]] });
        return this.#onAnswered(uid);
      case RequestType.COUNT:
        if (typeof response["count"] === "number") this.replies.push({ kind: "count", count: response["count"] });
        return this.#onAnswered(uid);
      case RequestType.ROOMS:
        this.#pushRooms(response["rooms"]);
        return this.#onAnswered(uid);
      case RequestType.FINISHED:
        return this.#finish(uid);
      default:
        if (this.#pushSockets(response["sockets"])) this.#onAnswered(uid);
    }
  }

  /** Ends the replies, with the names of the nodes that have not answered. */
  end(): void {
    this.#end(this.#missing());
  }

  #end(missing: Iterable<string>): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    for (const node of missing)
      this.replies.push({ kind: "missing", node, reason: this.#left.has(node) ? "left" : "silent" });
    this.replies.end();
    this.#handler.onEnded();
  }

  #onClientCount(uid: string | undefined, count: unknown): void {
    if (typeof count !== "number") return;
    if (uid === undefined) this.#namelessAnswers++;
    this.#progress(uid).expected += count;
    this.replies.push({ kind: "expect", count });
    this.#check();
  }

  #onAnswered(uid: string | undefined): void {
    if (uid === undefined) this.#namelessAnswers++;
    this.#finish(uid);
  }

  #finish(uid: string | undefined): void {
    if (uid !== undefined) this.#progress(uid).state = "finished";
    this.#check();
  }

  #progress(uid: string | undefined): Progress {
    if (uid === undefined) return this.#nameless;
    const known = this.#named.get(uid);
    if (known !== undefined) return known;
    const progress: Progress = { expected: 0, acks: 0, state: "answering" };
    this.#named.set(uid, progress);
    return progress;
  }

  /** Rooms and counts of nodes that know no such question come out of their sockets. */
  #pushSockets(sockets: unknown): boolean {
    if (!Array.isArray(sockets)) return false;
    const described = sockets.map(readSocket).filter((socket) => socket !== undefined);
    if (this.query.kind === "count") this.replies.push({ kind: "count", count: described.length });
    else if (this.query.kind === "rooms") {
      const { withOwn = false } = this.query;
      const counts = new Map<string, number>();
      for (const { id, rooms } of described)
        for (const room of rooms) if (room !== id || withOwn) counts.set(room, (counts.get(room) ?? 0) + 1);
      for (const [room, count] of counts) this.replies.push({ kind: "room", room, count });
    } else for (const socket of described) this.replies.push({ kind: "socket", socket });
    return true;
  }

  #pushRooms(rooms: unknown): void {
    if (!Array.isArray(rooms)) return;
    for (const entry of rooms) {
      const [room, count]: readonly unknown[] = Array.isArray(entry) ? entry : [];
      if (typeof room === "string" && typeof count === "number") this.replies.push({ kind: "room", room, count });
    }
  }

  #check(): void {
    if (this.#nodes === undefined || !this.#isComplete(this.#nameless)) return;
    let answers = this.#namelessAnswers;
    for (const [uid, progress] of this.#named) {
      if (!this.#left.has(uid) && !this.#isComplete(progress)) return;
      if (!this.#excluded.has(uid)) answers++;
    }
    // all that are there have answered: nobody else is missing than who has left, or was not waited for
    if (answers >= this.#nodes)
      this.#end([...this.#missing()].filter((uid) => this.#left.has(uid) || this.#excluded.has(uid)));
  }

  #isComplete({ state, acks, expected }: Progress): boolean {
    return this.query.kind !== "broadcastWithAck" || state === "finished" || acks >= expected;
  }

  *#missing(): Generator<string> {
    const others = [...this.#asked].filter((uid) => !isOurs(uid));
    // which of several has answered cannot be told: then all of them may be missing
    const othersAreComplete = this.#namelessAnswers >= others.length && this.#isComplete(this.#nameless);
    if (!othersAreComplete) yield* others;
    for (const uid of this.#asked) {
      const progress = this.#named.get(uid);
      if (isOurs(uid) && (progress === undefined || !this.#isComplete(progress))) yield uid;
    }
  }
}

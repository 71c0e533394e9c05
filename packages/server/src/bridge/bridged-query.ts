import type { ClusterQuery, ClusterReply, MissingNode, Selection, Untyped } from "@halyard/contracts";
import { PushStream } from "@halyard/core";
import { WatchedQuestion, type AnswerWatch } from "./answer-watch.ts";
import { EVENT_PACKET, type IncumbentOptions, type WorkingAdapter } from "./incumbent-adapter.ts";

/** How long answers are waited for where the query does not say. */
const ANSWER_TIMEOUT_MS = 5_000;

type Reply = ClusterReply | MissingNode;

/** Queries that descriptions of sockets answer. */
type SocketQuery = Extract<ClusterQuery, { kind: "fetchSockets" | "count" | "rooms" }>;

/** Tells an adapter whom an operation of this server is for. */
export type WriteOptions = (to: Selection, flags: Record<string, unknown>) => IncumbentOptions;

/** A query of this server, asked through an adapter that was written for socket.io. */
export class BridgedQuery {
  readonly stream: PushStream<Reply> = new PushStream<Reply>();
  readonly #adapter: WorkingAdapter;
  readonly #watch: AnswerWatch;
  readonly #options: WriteOptions;
  readonly #query: ClusterQuery;
  readonly #question = new WatchedQuestion();

  constructor(query: ClusterQuery, adapter: WorkingAdapter, watch: AnswerWatch, options: WriteOptions) {
    this.#query = query;
    this.#adapter = adapter;
    this.#watch = watch;
    this.#options = options;
  }

  /** Asks. Rejects with what the adapter throws; then, and when the time is over, {@link fail} must be called. */
  async ask(): Promise<void> {
    const query = this.#query;
    if (query.kind === "serverEventWithAck") return this.#askServers(query);
    if (query.kind === "broadcastWithAck") return this.#askClients(query);
    const to = query.kind === "rooms" ? { rooms: [], except: [] } : query.to;
    const flags = this.#follow({ timeout: ANSWER_TIMEOUT_MS });
    const sockets = await this.#adapter.fetchSockets(this.#options(to, flags));
    this.#end(replies(query, sockets));
  }

  /** Ends with what has arrived, and with those who are missing. */
  fail(): void {
    const query = this.#query;
    const { sockets, answers, missing } = this.#question;
    const arrived = isAboutSockets(query) ? replies(query, sockets) : answers.map(acknowledgement);
    this.#end([...arrived, ...missing]);
  }

  async #askServers({ data }: Extract<ClusterQuery, { kind: "serverEventWithAck" }>): Promise<void> {
    const packet: unknown[] = [...data];
    this.#follow(packet);
    const { answers: arrived } = this.#question;
    // some adapters give an error alone
    packet.push((error: Error | null | undefined, answers: readonly unknown[] = arrived) =>
      this.#end([...answers.map(acknowledgement), ...(error ? this.#question.missing : [])]),
    );
    await this.#adapter.serverSideEmit(packet);
  }

  /** Is over when each server has told how many clients it has asked, and all of those have answered. */
  async #askClients(query: Extract<ClusterQuery, { kind: "broadcastWithAck" }>): Promise<void> {
    const servers = await this.#adapter.serverCount();
    const { volatile = false, compress = true, timeoutMs: timeout } = query;
    const flags = this.#follow({ timeout, ...(volatile && { volatile }), ...(!compress && { compress }) });
    let [counted, expected, received] = [0, 0, 0];
    const check = (): void => {
      if (counted >= servers && received >= expected) this.#end([]);
    };
    await this.#adapter.broadcastWithAck(
      { type: EVENT_PACKET, data: [...query.data] },
      this.#options(query.to, flags),
      (count) => {
        counted++; // this server, which has asked its clients already, is among them, with none
        expected += count;
        this.stream.push({ kind: "expect", count });
        check();
      },
      (answer) => {
        received++;
        this.stream.push({ kind: "ack", data: [answer] });
        check();
      },
    );
  }

  #follow<Key extends object>(key: Key): Key {
    this.#watch.follow(this.#question, key);
    return key;
  }

  #end(last: readonly Reply[]): void {
    this.#watch.leave(this.#question);
    for (const reply of last) this.stream.push(reply);
    this.stream.end();
  }
}

function isAboutSockets(query: ClusterQuery): query is SocketQuery {
  const { kind } = query;
  return kind === "fetchSockets" || kind === "count" || kind === "rooms";
}

function acknowledgement(answer: unknown): Reply {
  return { kind: "ack", data: [answer] };
}

/** What descriptions of sockets say to a query. */
function replies(query: SocketQuery, sockets: readonly Untyped[]): Reply[] {
  switch (query.kind) {
    case "fetchSockets":
      return sockets.map((socket) => ({ kind: "socket", socket }));
    case "count":
      return [{ kind: "count", count: sockets.length }];
    case "rooms":
      return sockets.flatMap(({ id, rooms }): Reply[] =>
        [...rooms]
          .filter((room) => room !== id || query.withOwn === true)
          .map((room) => ({ kind: "room", room, count: 1 })),
      );
  }
}

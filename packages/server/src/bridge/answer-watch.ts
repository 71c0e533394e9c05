import type { MissingNode, Untyped } from "@halyard/contracts";
import type { WorkingAdapter } from "./incumbent-adapter.ts";

/** What adapters have that extend `ClusterAdapter`; those that extend `ClusterAdapterWithHeartbeat` know who the others are. */
interface ClusterWorkingAdapter extends WorkingAdapter {
  readonly nodesMap?: ReadonlyMap<string, unknown>;
  doPublish(message: Untyped): unknown;
  onResponse(response: Untyped): unknown;
}

/** Types of responses, as such adapters number them. */
const SOCKETS = 8;
const SERVER_ANSWER = 10;
const CLIENT_COUNT = 11;

/** Where an adapter does not say who is silent. */
const SOMEBODY: MissingNode = { kind: "missing", node: "unknown", reason: "silent" };

/** How far the answer of one node is. */
interface Progress {
  expected: number;
  received: number;
}

/** One question, as far as it can be seen from outside the adapter that asks it. */
export class WatchedQuestion {
  /** Descriptions of sockets, which the adapter hands out only once all have come. */
  readonly sockets: Untyped[] = [];
  /** Answers of servers, which the adapter hands out only once all have come. */
  readonly answers: unknown[] = [];
  readonly #nodes = new Map<string, Progress>();
  #naming: "known" | "unknown" = "unknown";

  /** Names those whose answers are not complete. */
  get missing(): readonly MissingNode[] {
    if (this.#naming === "unknown") return [SOMEBODY];
    const silent = [...this.#nodes].filter(([, { expected, received }]) => received < expected);
    return silent.map(([node]) => ({ kind: "missing", node, reason: "silent" }));
  }

  onAsked(nodes: Iterable<string>): void {
    this.#naming = "known";
    for (const node of nodes) this.#progressOf(node);
  }

  onResponse({ uid, type, data }: Untyped): void {
    const progress = this.#progressOf(uid);
    if (type === CLIENT_COUNT) progress.expected = data.clientCount;
    else progress.received++;
    if (type === SERVER_ANSWER) this.answers.push(data.packet);
    if (type === SOCKETS) for (const socket of data.sockets) this.sockets.push(socket);
  }

  #progressOf(node: string): Progress {
    const progress = this.#nodes.get(node) ?? { expected: 1, received: 0 };
    this.#nodes.set(node, progress);
    return progress;
  }
}

/**
 * Watches what an adapter asks and is answered, so that answers are not lost where one is missing, and the silent have names. Only
 * those can be watched that extend `ClusterAdapter`.
 */
export class AnswerWatch {
  /** Questions by an object of theirs that the adapter passes on as it is. */
  readonly #followed = new WeakMap<object, WatchedQuestion>();
  readonly #open = new Map<string, WatchedQuestion>();

  constructor(adapter: WorkingAdapter) {
    if (isClusterAdapter(adapter)) this.#watch(adapter);
  }

  /** Follows the question in which a key will be found: its flags, or its packet. */
  follow(question: WatchedQuestion, key: object): void {
    this.#followed.set(key, question);
  }

  /** Follows a question no longer. */
  leave(question: WatchedQuestion): void {
    for (const [requestId, open] of this.#open) if (open === question) this.#open.delete(requestId);
  }

  #watch(adapter: ClusterWorkingAdapter): void {
    const doPublish = adapter.doPublish.bind(adapter);
    const onResponse = adapter.onResponse.bind(adapter);
    adapter.doPublish = (message) => {
      const { requestId, opts, packet } = message.data ?? {};
      const question = this.#followed.get(opts?.flags ?? packet ?? this);
      if (question !== undefined && typeof requestId === "string") {
        this.#open.set(requestId, question);
        if (adapter.nodesMap !== undefined) question.onAsked(adapter.nodesMap.keys());
      }
      return doPublish(message);
    };
    adapter.onResponse = (response) => {
      this.#open.get(response.data?.requestId)?.onResponse(response);
      return onResponse(response);
    };
  }
}

function isClusterAdapter(adapter: WorkingAdapter): adapter is ClusterWorkingAdapter {
  return ["doPublish", "onResponse"].every((name) => typeof Reflect.get(adapter, name) === "function");
}

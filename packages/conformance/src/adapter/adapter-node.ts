import type {
  Adapter,
  AdapterFactory,
  AdapterHost,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  EventData,
  MissingNode,
  Selection,
} from "@halyard/contracts";
import { check, checkEqual, show } from "../check.ts";
import { until, within } from "../wait.ts";

/** How a node answers. */
export type Answer = (query: ClusterQuery, signal: AbortSignal) => AsyncIterable<ClusterReply>;

/** One namespace of one server of a case: records what its adapter asks of it. */
export class AdapterNode {
  readonly adapter: Adapter;
  readonly executed: ClusterCommand[] = [];
  readonly asked: ClusterQuery[] = [];
  /** Answers with nothing, unless a case replaces it. */
  answer: Answer = () => replies();
  readonly #timeoutMs: number;

  constructor(factory: AdapterFactory, namespace: string, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const host: AdapterHost = {
      namespace,
      execute: (command) => void this.executed.push(command),
      answer: (query, signal) => {
        this.asked.push(query);
        return this.answer(query, signal);
      },
    };
    this.adapter = factory(host);
  }

  /** The numbers of the events that were broadcast to it. */
  get numbers(): unknown[] {
    return this.executed.map((command) => ("data" in command ? command.data[1] : command.kind));
  }

  async start(): Promise<void> {
    await within(this.adapter.start(), this.#timeoutMs, "start() settles");
  }

  /** Broadcasts an event with a number of its own. */
  say(number: number, ...args: readonly unknown[]): void {
    this.adapter.publish(broadcast(EVERYONE, ["event", number, ...args]));
  }

  /** Waits for a number of commands, counted from the start. */
  async executes(count: number): Promise<void> {
    await this.until(
      () => this.executed.length >= count,
      () => `${count} commands arrive; got ${show(this.numbers)}`,
    );
  }

  /** Waits for a number of queries, counted from the start. */
  async isAsked(count: number): Promise<void> {
    await this.until(
      () => this.asked.length >= count,
      () => `${count} queries arrive; got ${show(this.asked)}`,
    );
  }

  /** Waits until the adapter counts so many servers, and they count as many. */
  async counts(servers: number): Promise<void> {
    let last: number | undefined;
    await this.until(
      async () =>
        (last = await within(this.adapter.serverCount(), this.#timeoutMs, "serverCount() settles")) === servers,
      () => `${servers} servers are counted; the last count is ${last}`,
    );
  }

  /** Asks the others, and reads all that they answer. */
  ask(
    query: ClusterQuery,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<(ClusterReply | MissingNode)[]> {
    return within(read(this.adapter.query(query, signal)), this.#timeoutMs, `the query ${query.kind} ends`);
  }

  until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
    return until(condition, this.#timeoutMs, what);
  }

  /** Fails the case unless exactly these events have arrived, in this order. */
  expectNumbers(numbers: readonly number[]): void {
    checkEqual(this.numbers, numbers, "the events that arrived");
  }
}

export const EVERYONE: Selection = { rooms: [], except: [] };

/** A broadcast with nothing special about it. */
export function broadcast(to: Selection, data: EventData): ClusterCommand {
  return { kind: "broadcast", to, data, volatile: false, compress: true };
}

/** An answer that is known beforehand. */
export async function* replies(...list: readonly ClusterReply[]): AsyncGenerator<ClusterReply> {
  yield* list;
}

/** An answer that never ends by itself. */
export async function* endless(signal: AbortSignal, ...list: readonly ClusterReply[]): AsyncGenerator<ClusterReply> {
  yield* list;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** Fails the case unless the replies are those expected; those of different nodes come in any order. */
export function checkReplies(
  actual: readonly (ClusterReply | MissingNode)[],
  expected: readonly (ClusterReply | MissingNode)[],
): void {
  const order = (list: readonly unknown[]): string[] => list.map((reply) => JSON.stringify(reply)).toSorted();
  const isSame = JSON.stringify(order(actual)) === JSON.stringify(order(expected));
  check(isSame, `the replies: expected ${show(expected)}, got ${show(actual)}`);
}

async function read(stream: AsyncIterable<ClusterReply | MissingNode>): Promise<(ClusterReply | MissingNode)[]> {
  const list: (ClusterReply | MissingNode)[] = [];
  for await (const reply of stream) list.push(reply);
  return list;
}

import type { EventEmitter } from "node:events";
import type { Adapter, Clock, EventData, MissingNode, Untyped } from "@halyard/contracts";
import { codedError, toError, type CodedError } from "@halyard/core";
import type { AckCallback } from "./acks/callback-ack.ts";
import { askOthers } from "./broadcast/ask-others.ts";
import { withMissingNodes } from "./broadcast/cluster-result.ts";
import { watchRejection } from "./rejections.ts";
import { emitLocally } from "./typed-events.ts";

/** Names that a server may not send to the others. */
const RESERVED_EVENTS: ReadonlySet<unknown> = new Set(["connect", "connection", "new_namespace"]);

/** How long to wait for the other servers' answers, unless the caller sets a time. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Sends events to the other servers of a cluster. */
export interface ServerEventEmitter {
  /**
   * Sends an event. A function as the last argument takes an error or null and the answers, at the latest after the timeout. The
   * answers, and the error, name the servers that gave none as `missingNodes`.
   * @throws `RESERVED_EVENT`
   */
  emit(data: readonly unknown[], timeoutMs?: number): void;
  /** Sends an event and waits for the answers. */
  request(data: readonly unknown[], timeoutMs?: number): Promise<Untyped>;
}

/** What the events of one namespace need of it. */
interface ServerEventsHost {
  readonly name: string;
  readonly adapter: Pick<Adapter, "publish" | "query">;
  /** Whose listeners hear the events. */
  readonly namespace: EventEmitter;
  /** Takes what listeners and callbacks throw. */
  report(thrown: unknown, event: string | number): void;
}

/** Events between the servers of a cluster, for one namespace. */
export class ServerEvents implements ServerEventEmitter {
  readonly #host: ServerEventsHost;
  readonly #clock: Clock;

  constructor(host: ServerEventsHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  emit(data: readonly unknown[], timeoutMs: number = ANSWER_TIMEOUT_MS): void {
    const event = readEvent(data);
    const last = data.at(-1);
    if (!isCallback(last)) this.#host.adapter.publish({ kind: "serverEvent", data: event });
    else void this.#ask(readEvent(data.slice(0, -1)), last, timeoutMs);
  }

  request(data: readonly unknown[], timeoutMs?: number): Promise<Untyped> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, answers: unknown): void => (error === null ? resolve(answers) : reject(error));
      this.emit([...data, done], timeoutMs);
    });
  }

  /** Calls this server's listeners for an event of another one. */
  receive(data: EventData): void {
    if (RESERVED_EVENTS.has(data[0])) return;
    try {
      emitLocally(this.#host.namespace, [...data]);
    } catch (thrown) {
      this.#host.report(thrown, data[0]);
    }
  }

  async #ask(data: EventData, callback: AckCallback, timeoutMs: number): Promise<void> {
    const controller = new AbortController();
    const timer = this.#clock.schedule(() => controller.abort(), timeoutMs, true);
    const answers: unknown[] = [];
    const missing: MissingNode[] = [];
    let failure: Error | null = null;
    try {
      for await (const reply of askOthers(
        this.#host,
        { kind: "serverEventWithAck", data },
        controller.signal,
        this.#clock,
      ))
        if (reply.kind === "ack") answers.push(reply.data[0]);
        else if (reply.kind === "missing") missing.push(reply);
      failure = readTimeout(missing);
    } catch (thrown) {
      failure = toError(thrown);
    }
    timer.cancel();
    const missingNodes = missing.map(({ node }) => node);
    const responses = withMissingNodes(answers, missingNodes);
    if (failure !== null) Object.assign(failure, { responses, missingNodes });
    try {
      watchRejection(callback(failure, responses), (thrown) => this.#host.report(thrown, data[0]));
    } catch (thrown) {
      this.#host.report(thrown, data[0]);
    }
  }
}

function readEvent(data: readonly unknown[]): EventData {
  const [event, ...args] = data;
  if (RESERVED_EVENTS.has(event)) throw codedError("RESERVED_EVENT", `"${String(event)}" is a reserved event name`);
  return [typeof event === "number" ? event : String(event), ...args];
}

/** Servers that have left will never answer; that is no failure of those that did. */
function readTimeout(missing: readonly MissingNode[]): CodedError | null {
  const silent = missing.filter(({ reason }) => reason === "silent");
  if (silent.length === 0) return null;
  return codedError("CLUSTER_TIMEOUT", `timeout reached: missing ${silent.length} responses`);
}

function isCallback(value: unknown): value is AckCallback {
  return typeof value === "function";
}

import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { once } from "../events.ts";
import { eventually } from "./eventually.ts";

/** What a node tells of a client that was let in. */
export interface Entry {
  readonly index: number;
  readonly recovered: boolean;
  readonly recoveryFailure?: string;
  /** How often the session's client was let in, by the session's own data. */
  readonly visits: number;
}

/** A server in a process of its own, which runs `programs/session-node.mjs`. It ends with the test. */
export class SessionProcess {
  readonly name: string;
  readonly port: number;
  readonly #child: ChildProcess;
  #count = 0;

  private constructor(name: string, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.#child = child;
  }

  static async start(
    name: string,
    redisPort: number,
    onEntry: (entry: Entry) => void,
    adapter: "pubsub" | "streams" = "pubsub",
  ): Promise<SessionProcess> {
    const program = join(import.meta.dirname, "../programs/session-node.mjs");
    const child = fork(program, [String(redisPort), name, adapter], { execArgv: [] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [{ port }] = await once(child, "message", { unless: ["exit"] });
    const node = new SessionProcess(name, port, child);
    child.on("message", (message: Entry & { kind: string; count: number }) => {
      if (message.kind === "entered") onEntry(message);
      else if (message.kind === "count") node.#count = message.count;
    });
    return node;
  }

  /** Sends a numbered event to everybody of a namespace. */
  send(n: number, namespace = "/"): void {
    this.#child.send({ kind: "send", n, namespace });
  }

  /** Waits until it sees so many servers. */
  async sees(count: number): Promise<void> {
    await eventually(`${this.name} sees ${count} servers`, () => {
      this.#child.send({ kind: "count" });
      return this.#count === count;
    });
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** Ends it as a deployment does. */
  async stop(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.send({ kind: "stop" });
    await gone;
  }
}

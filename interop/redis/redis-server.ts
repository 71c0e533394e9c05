import { spawn, type ChildProcess } from "node:child_process";
import { once as onceEmitted } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { listening } from "../listening.ts";

/** Options of servers that copy each other at once, and leave no file behind. */
export const REPLICATING: readonly string[] = ["--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb"];

/** A `redis-server` of the test's own: on the loopback interface only, and it keeps nothing. */
export class RedisServer {
  readonly port: number;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
  }

  /** Starts one on a free port; `options` are as on its command line. */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.reserve(...options);
    await server.start();
    return server;
  }

  /** Finds a free port for a server that is started later. */
  static async reserve(...options: readonly string[]): Promise<RedisServer> {
    const probe = createServer();
    const port = await listening(probe);
    await new Promise((resolve) => probe.close(resolve));
    return new RedisServer(port, options);
  }

  /** Starts the server, again on the same port if it was stopped. */
  async start(): Promise<void> {
    const program = process.env["REDIS_SERVER_PATH"] ?? "redis-server";
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const child = spawn(program, [...args, ...this.#options], { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (!/Ready to accept connections/i.test(line)) continue;
      child.stdout.resume();
      return;
    }
    throw new Error(`redis-server did not start:\n${lines.join("\n")}`);
  }

  /** Ends the server without a word, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = onceEmitted(child, "exit");
    child.kill("SIGKILL"); // also while it is frozen
    await gone;
  }

  /** Keeps the server from doing anything; its connections stay. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }
}

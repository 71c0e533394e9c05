import type { Clock } from "@halyard/contracts";
import type { Server as Engine } from "@halyard/engine.io";
import { settleWithin, type HttpHost, type NodeHttpServer } from "./http-host.ts";

/** What a server takes sessions from: engines, and the HTTP servers that those are attached to. */
export class Attachments {
  #engines: Engine[] = [];
  #hosts: HttpHost[] = [];
  #isClosed = false;

  /** The engine that was added last. */
  get engine(): Engine | undefined {
    return this.#engines.at(-1);
  }

  /** The HTTP server that was added last. */
  get httpServer(): NodeHttpServer | undefined {
    return this.#hosts.at(-1)?.server;
  }

  addEngine(engine: Engine): void {
    this.#begin();
    if (!this.#engines.includes(engine)) this.#engines.push(engine);
  }

  addHost(host: HttpHost): void {
    this.#begin();
    this.#hosts.push(host);
  }

  /** Lets those who are in stay, and nobody else come in. */
  refuseSessions(): void {
    for (const engine of this.#engines) engine.refuseSessions();
  }

  /**
   * Closes the engines, then the HTTP servers; waits for the others too, but for nobody longer than the timeout. Resolves with
   * an error if an HTTP server was not running.
   */
  async close(others: readonly Promise<void>[], clock: Clock, timeoutMs: number): Promise<Error | undefined> {
    const enginesClosed = Promise.allSettled(this.#engines.map((engine) => engine.close()));
    const hostsClosed = this.#hosts.map((host) => host.close(enginesClosed, clock, timeoutMs));
    await settleWithin(clock, timeoutMs, [...others, enginesClosed]);
    const errors = await Promise.all(hostsClosed);
    this.#isClosed = true;
    return errors.find((error) => error !== undefined);
  }

  /** Forgets what was closed, once something takes its place. */
  #begin(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#engines = [];
    this.#hosts = [];
  }
}

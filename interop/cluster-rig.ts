import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { io as connect, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTestFinished } from "vitest";
import { once } from "./events.ts";
import { eventually } from "./redis/eventually.ts";

/** Whose a process is; `bridged` is our server with the incumbent's adapter, `aliased` the same over our base classes. */
type Kind = "ours" | "stock" | "bridged" | "aliased";

/** How a cluster is set up; see `programs/cluster.mjs`. */
export interface ClusterSettings {
  readonly primary: Kind;
  readonly workers: readonly Kind[];
  readonly serialization?: "json" | "advanced";
  /** All workers listen on one port. */
  readonly shared?: boolean;
  readonly options?: object;
}

/** A running cluster of processes. Ends with the test. */
export class ProcessCluster {
  readonly #child: ChildProcess;
  readonly #ports: number[] = [];
  readonly #waiting = new Map<number, { resolve: (value: any) => void; reject: (error: Error) => void }>();
  readonly #exited = new Set<number>();
  readonly #size: number;
  #orders = 0;

  constructor(settings: ClusterSettings) {
    this.#size = settings.workers.length;
    const program = fileURLToPath(new URL("programs/cluster.mjs", import.meta.url));
    this.#child = fork(program, [JSON.stringify(settings)], { serialization: "advanced", execArgv: [] });
    this.#child.on("message", (message: any) => this.#onMessage(message));
  }

  /** Starts a cluster; returns when its workers know each other. It ends with the test, unless told otherwise. */
  static async start(
    settings: ClusterSettings,
    atEnd: (stop: () => Promise<void>) => void = onTestFinished,
  ): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(settings);
    atEnd(() => cluster.#stop());
    await eventually("the workers are ready", () => {
      if (cluster.#exited.size > 0) throw new Error("a worker could not start; see above");
      return cluster.#ports.filter(Boolean).length === cluster.#size;
    });
    for (let worker = 0; worker < cluster.#size; worker++) await cluster.counts(worker, cluster.#size);
    return cluster;
  }

  /** Has a worker do one of the things that `programs/cluster.mjs` lists. */
  run(worker: number, run: string, ...args: unknown[]): Promise<any> {
    const id = this.#orders++;
    const done = new Promise<any>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.send({ worker, id, run, args });
    return done;
  }

  /** Waits until a worker counts so many servers. */
  async counts(worker: number, servers: number): Promise<void> {
    await eventually(`worker ${worker} counts ${servers}`, async () => (await this.run(worker, "servers")) === servers);
  }

  /** Waits until the clients of the test before have gone. */
  async empties(): Promise<void> {
    await eventually("nobody is connected", async () => (await this.run(0, "fetch")).length === 0);
  }

  async kill(worker: number): Promise<void> {
    this.#child.send({ kill: worker });
    await eventually(`worker ${worker} has exited`, () => this.#exited.has(worker));
  }

  url(worker: number): string {
    return `http://127.0.0.1:${this.#ports[worker]}`;
  }

  /** Makes a client of the incumbent's, without waiting for it. */
  dial(worker: number, options: Partial<ManagerOptions & SocketOptions> = {}): Socket {
    const client = connect(this.url(worker), { forceNew: true, reconnection: false, ...options });
    onTestFinished(() => void client.disconnect());
    return client;
  }

  /** Makes a client and waits until it is connected. */
  async client(worker: number, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const client = this.dial(worker, options);
    await once(client, "connect", { unless: ["connect_error"] });
    return client;
  }

  async #stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #onMessage({ worker, id, result, error, ready, exited }: any): void {
    if (ready !== undefined) this.#ports[worker] = ready;
    if (exited === true) this.#exited.add(worker);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(error));
  }
}

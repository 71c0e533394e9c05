import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "../listening.ts";

/** Stands between clients and a server, and breaks connections the way networks do. Ends with the test. */
export class FaultProxy {
  readonly port: number;
  readonly #sockets: Set<Socket>;
  #target: number;
  #mode: "open" | "refusing" = "open";

  private constructor(server: Server, port: number, target: number) {
    this.port = port;
    this.#sockets = new Set();
    this.#target = target;
    server.on("connection", (socket) => this.#join(socket));
  }

  static async start(target: number): Promise<FaultProxy> {
    const server = createServer();
    const port = await listening(server);
    const proxy = new FaultProxy(server, port, target);
    onTestFinished(async () => {
      proxy.refuse();
      await new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  /** Resets all connections; new ones are taken. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets all connections, and each new one, until {@link accept}. */
  refuse(): void {
    this.#mode = "refusing";
    this.reset();
  }

  accept(): void {
    this.#mode = "open";
  }

  /** Leads new connections to another server, and takes them. */
  leadTo(target: number): void {
    this.#target = target;
    this.accept();
  }

  /** Lets nothing through any more, on connections that seem to be well. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  #join(socket: Socket): void {
    if (this.#mode === "refusing") return void socket.resetAndDestroy();
    const server = connect(this.#target, "127.0.0.1");
    for (const [from, to] of [
      [socket, server],
      [server, socket],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

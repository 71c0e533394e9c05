import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "../listening.ts";

/** Stands between clients and a server, and breaks connections the way networks do. Ends with the test. */
export class FaultProxy {
  readonly port: number;
  /** How many entries of streams were answered for by {@link pretend}. */
  pretended = 0;
  readonly #sockets: Set<Socket>;
  readonly #pretending: WeakSet<Socket>;
  #target: number;
  #mode: "open" | "refusing" = "open";

  private constructor(server: Server, port: number, target: number) {
    this.port = port;
    this.#sockets = new Set();
    this.#pretending = new WeakSet();
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

  /** Says to every command that it is done, on connections that are there, and lets none through. */
  pretend(): void {
    for (const socket of this.#sockets) this.#pretending.add(socket);
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
      from.on("data", (chunk) =>
        this.#pretending.has(from) ? from.write(this.#answersTo(chunk.toString("latin1"))) : to.write(chunk),
      );
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** What a server answers to commands, which come as a whole: how many receive a message, the place of an entry. */
  #answersTo(commands: string): string {
    const names = commands.matchAll(/(?:^|\r\n)\*\d+\r\n\$\d+\r\n(?<name>[A-Z]+)\r\n/gu);
    return Array.from(names, ({ groups }) => {
      const isEntry = groups?.["name"] === "XADD";
      if (isEntry) this.pretended++;
      return isEntry ? "$3\r\n9-9\r\n" : ":1\r\n";
    }).join("");
  }
}

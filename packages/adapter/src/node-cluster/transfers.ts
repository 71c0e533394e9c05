import type { Socket } from "node:net";
import { seal, type WorkerNotice } from "./sticky-message.ts";

interface Arrival {
  readonly socket: Socket;
  readonly head: Buffer;
}

/**
 * Moves connections between workers. While a process has not heard that another one got a connection, it still has it, and may read,
 * and lose, what the client sends; so the last worker must not answer before. Processes keep what they say behind a connection until
 * that was received: a message that follows it tells that the process has let go.
 */
export class Transfers {
  readonly #tell: (notice: WorkerNotice, socket?: Socket) => void;
  readonly #onArrival: (socket: Socket, head: Buffer) => void;
  readonly #held = new Map<string, Arrival>();
  #count = 0;

  constructor(
    tell: (notice: WorkerNotice, socket?: Socket) => void,
    onArrival: (socket: Socket, head: Buffer) => void,
  ) {
    this.#tell = tell;
    this.#onArrival = onArrival;
  }

  /** Gives a connection away, to the worker of a session. */
  give(socket: Socket, sid: string, head: Buffer): void {
    const transfer = `${process.pid}.${this.#count++}`;
    this.#tell(seal({ kind: "handOver", sid, transfer, head: head.toString("base64") }), socket);
    this.#tell(seal({ kind: "released", transfer }));
  }

  /** Takes a connection, but leaves it alone for now. */
  take(transfer: string, socket: Socket, head: Buffer): void {
    this.#held.set(transfer, { socket, head });
    socket.on("error", ignore);
    socket.once("close", () => this.#held.delete(transfer));
  }

  /** The connection is this worker's alone. */
  onReleased(transfer: string): void {
    const arrival = this.#held.get(transfer);
    this.#held.delete(transfer);
    if (arrival === undefined) return;
    arrival.socket.off("error", ignore);
    this.#onArrival(arrival.socket, arrival.head);
  }
}

function ignore(): void {}

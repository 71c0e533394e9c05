import type { Selection, Untyped } from "@halyard/contracts";
import type { Recipient } from "../broadcast/namespace-broadcasts.ts";
import type { BridgedPart } from "./bridged-part.ts";
import type { IncumbentOptions } from "./incumbent-adapter.ts";

/** How an adapter of socket.io wants a packet to be written. */
interface WriteOptions {
  readonly volatile?: boolean;
  readonly compress?: boolean;
}

/**
 * Something that an adapter of socket.io does to sockets of this server, one after the other. What it writes to the first one is
 * sent to all of them at once.
 */
export class LocalOperation {
  readonly #part: BridgedPart;
  readonly #to: Selection;
  readonly #flags: Record<string, unknown>;
  #state: "writing" | "written" = "writing";
  #onAnswer: ((answer: unknown) => void) | undefined;

  constructor(part: BridgedPart, { rooms, except, flags }: Partial<IncumbentOptions>) {
    this.#part = part;
    this.#to = { rooms: [...(rooms ?? [])], except: [...(except ?? [])] };
    this.#flags = flags ?? {};
  }

  run(visit: (socket: unknown) => void): void {
    for (const socket of this.#part.broadcasts.select(this.#to)) visit(this.#present(socket));
  }

  /** A socket as such adapters use it. */
  #present(socket: Recipient): object {
    const { id, rooms, handshake, data } = socket;
    return {
      id,
      rooms,
      handshake,
      data,
      join: (joined: string[]) => socket.join(joined),
      leave: (room: string) => socket.leave(room),
      disconnect: (close: boolean) => socket.disconnect(close),
      acks: { set: (_id: number, onAnswer: (answer: unknown) => void) => (this.#onAnswer = onAnswer) },
      client: { writeToEngine: ([packet]: Untyped[], options: WriteOptions) => this.#write(packet.data, options) },
    };
  }

  #write(data: Untyped, { volatile = false, compress = true }: WriteOptions): void {
    if (this.#state === "written") return;
    this.#state = "written";
    const onAnswer = this.#onAnswer;
    if (onAnswer === undefined) return this.#part.broadcasts.deliver(this.#to, { volatile, compress }, data);
    const { timeout } = this.#flags;
    const flags = { volatile, compress, local: true, ...(typeof timeout === "number" && { timeout }) };
    this.#part.broadcasts.ask(this.#to, flags, data, { onAnswer, onComplete: () => {} });
  }
}

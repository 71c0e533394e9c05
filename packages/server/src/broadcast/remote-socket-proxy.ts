import type { SocketDescription, Untyped } from "@halyard/contracts";
import type { Handshake } from "../handshake.ts";
import { BroadcastOperator } from "./broadcast-operator.ts";
import type { BroadcastTarget } from "./broadcast-target.ts";
import type { RemoteSocket } from "./remote-socket.ts";

/** A socket of another server; what is done to it goes through the cluster. */
export class RemoteSocketProxy implements RemoteSocket<Untyped, Untyped> {
  readonly id: string;
  readonly handshake: Handshake;
  readonly rooms: Set<string>;
  readonly data: Untyped;
  readonly #target: BroadcastTarget;

  constructor(target: BroadcastTarget, description: SocketDescription) {
    const handshake: Untyped = description.handshake;
    this.id = description.id;
    this.handshake = handshake;
    this.rooms = new Set(description.rooms);
    this.data = description.data;
    this.#target = target;
  }

  emit(event: Untyped, ...args: Untyped[]): boolean {
    return this.#emitter().emit(event, ...args);
  }

  emitWithAck(event: Untyped, ...args: Untyped[]): Promise<Untyped> {
    return this.#emitter().emitWithAck(event, ...args);
  }

  timeout(timeout: number): Pick<RemoteSocket<Untyped, Untyped>, "emit" | "emitWithAck"> {
    return this.#emitter(timeout);
  }

  join(room: string | string[]): void {
    this.#everyone().socketsJoin(room);
  }

  leave(room: string): void {
    this.#everyone().socketsLeave(room);
  }

  disconnect(close = false): this {
    this.#everyone().disconnectSockets(close);
    return this;
  }

  /** The room of the socket's own id. */
  #everyone(timeout?: number): BroadcastOperator<Untyped, Untyped> {
    return new BroadcastOperator(
      this.#target,
      { rooms: [this.id], except: [] },
      timeout === undefined ? {} : { timeout },
    );
  }

  /** Emits like a broadcast, but answers like the one socket it goes to. */
  #emitter(timeout?: number): Pick<RemoteSocket<Untyped, Untyped>, "emit" | "emitWithAck"> {
    const everyone = this.#everyone(timeout);
    return {
      emit(event, ...args) {
        const ack: Untyped = args.at(-1);
        if (typeof ack !== "function") return everyone.emit(event, ...args);
        const takesError = timeout !== undefined;
        return everyone.emit(event, ...args.slice(0, -1), (error: Error | null, answers: Untyped[]) => {
          if (takesError) ack(error, answers[0]);
          else if (error === null) ack(answers[0]);
        });
      },
      emitWithAck: async (event, ...args) => (await everyone.emitWithAck(event, ...args))[0],
    };
  }
}

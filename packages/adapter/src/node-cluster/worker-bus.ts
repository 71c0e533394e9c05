import { randomBytes } from "node:crypto";
import type { Bus, BusBacklog, BusHandler, BusMessage, BusTopic } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { MESSAGE_TYPE } from "../cluster/message-type.ts";
import { isIpcMessage, readBytes, writeIpcMessage, type IpcMessage } from "./ipc-message.ts";

/** The worker's process, as far as the bus needs it. */
export interface WorkerChannel {
  readonly connected: boolean;
  /** Absent in a process that is nobody's child. */
  readonly send?: (
    message: IpcMessage,
    handle: undefined,
    options: object,
    onSent: (error: Error | null) => void,
  ) => boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** Messages go to the primary process at once: nothing waits here. */
const NO_BACKLOG: BusBacklog = { messages: 0, bytes: 0 };

type State = "new" | "started" | "closed";

/** A worker's end of the bus of `node:cluster`, whose messages the primary process passes on. */
export class WorkerBus implements Bus {
  readonly nodeId: string = randomBytes(8).toString("hex");
  readonly backlog: BusBacklog = NO_BACKLOG;
  readonly #channel: WorkerChannel;
  #handler: BusHandler | undefined;
  #state: State = "new";

  constructor(channel: WorkerChannel) {
    this.#channel = channel;
  }

  /** @throws `NOT_A_WORKER` */
  start(handler: BusHandler): Promise<void> {
    if (this.#channel.send === undefined)
      return Promise.reject(codedError("NOT_A_WORKER", "this adapter is for the workers of node:cluster"));
    this.#handler = handler;
    this.#state = "started";
    this.#channel.on("message", this.#onMessage);
    this.#channel.on("disconnect", this.#onDisconnect);
    handler.onStatus(this.#channel.connected ? { kind: "up" } : { kind: "down" });
    return Promise.resolve();
  }

  publish(message: BusMessage): void {
    this.#transmit(message, undefined);
  }

  send(message: BusMessage, to: string): void {
    this.#transmit(message, to);
  }

  /**
   * The primary process keeps which namespaces a worker has spoken for, and clients may have any number of them opened: it has to
   * hear of their ends. Addressed to this node itself, because the other workers have no use for it.
   */
  topicChanged({ namespace: nsp, room }: BusTopic, change: "created" | "deleted"): void {
    if (room !== undefined || change === "created" || this.#state !== "started") return;
    this.send({ uid: this.nodeId, nsp, type: MESSAGE_TYPE.close }, this.nodeId);
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#channel.off("message", this.#onMessage);
    this.#channel.off("disconnect", this.#onDisconnect);
    return Promise.resolve();
  }

  #transmit(message: BusMessage, to: string | undefined): void {
    if (this.#state === "closed") return;
    try {
      const ipcMessage = writeIpcMessage(message, to);
      this.#channel.send?.(ipcMessage, undefined, {}, (error) => {
        if (error !== null) this.#drop(error);
      });
    } catch (thrown) {
      this.#drop(thrown);
    }
  }

  #drop(cause: unknown): void {
    if (this.#state !== "closed") this.#handler?.onStatus({ kind: "dropped", messages: 1, bytes: 0, cause });
  }

  readonly #onMessage = (message: unknown): void => {
    if (!isIpcMessage(message)) return; // of the application, or of whatever else uses the channel
    const { uid, requesterUid } = message;
    if (uid === this.nodeId) return;
    if (requesterUid === undefined || requesterUid === this.nodeId) this.#handler?.onMessage(readBytes(message));
  };

  readonly #onDisconnect = (): void => {
    const cause = codedError("PRIMARY_GONE", "the primary process is gone, or has cut this worker off");
    this.#handler?.onStatus({ kind: "down", cause });
  };
}

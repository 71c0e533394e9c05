import { randomBytes } from "node:crypto";
import type { Bus, BusBacklog, BusHandler, BusMessage, BusTopic } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { MESSAGE_TYPE } from "../cluster/message-type.ts";
import { TickBatches } from "../batches/tick-batches.ts";
import {
  batchNotice,
  isBatchNotice,
  isIpcMessage,
  readBytes,
  readIpcBatch,
  writeIpcBatch,
  writeIpcMessage,
  type BatchNotice,
  type IpcMessage,
} from "./ipc-message.ts";

/** The worker's process, as far as the bus needs it. */
export interface WorkerChannel {
  readonly connected: boolean;
  /** Absent in a process that is nobody's child. */
  readonly send?: (
    message: IpcMessage | BatchNotice,
    handle: undefined,
    options: object,
    onSent: (error: Error | null) => void,
  ) => boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** Their size is not known before processes serialise them. */
const BATCH_LIMITS = { maxBytes: Number.POSITIVE_INFINITY, maxMessages: 64 };

/** Messages go to the primary process at once: nothing waits here. */
const NO_BACKLOG: BusBacklog = { messages: 0, bytes: 0 };

type State = "new" | "started" | "closed";

/** A worker's end of the bus of `node:cluster`, whose messages the primary process passes on. */
export class WorkerBus implements Bus {
  readonly nodeId: string = randomBytes(8).toString("hex");
  readonly backlog: BusBacklog = NO_BACKLOG;
  readonly #channel: WorkerChannel;
  readonly #batches = new TickBatches<IpcMessage>((messages) => this.#transmit(messages), BATCH_LIMITS);
  #handler: BusHandler | undefined;
  /** Whether the other nodes read batches, as far as they are known. */
  #areReaders = false;
  /** Whether the primary process takes batches apart for all others. */
  #isPrimaryOurs = false;
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
    this.#channel.send(batchNotice, undefined, {}, () => {}); // who does not know it skips it
    handler.onStatus(this.#channel.connected ? { kind: "up" } : { kind: "down" });
    return Promise.resolve();
  }

  publish(message: BusMessage): void {
    this.#write(message, undefined, (ipcMessage) => this.#batches.add("", ipcMessage, 0));
  }

  send(message: BusMessage, to: string): void {
    this.#write(message, to, (ipcMessage) => {
      this.#batches.flush();
      this.#transmit([ipcMessage]);
    });
  }

  allowBatches(allowed: boolean): void {
    this.#areReaders = allowed;
    this.#reviewBatches();
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
    this.#batches.flush();
    this.#state = "closed";
    this.#channel.off("message", this.#onMessage);
    this.#channel.off("disconnect", this.#onDisconnect);
    return Promise.resolve();
  }

  #reviewBatches(): void {
    this.#batches.allow(this.#areReaders && this.#isPrimaryOurs);
  }

  #write(message: BusMessage, to: string | undefined, pass: (ipcMessage: IpcMessage) => void): void {
    if (this.#state === "closed") return;
    try {
      pass(writeIpcMessage(message, to));
    } catch (thrown) {
      this.#drop(1, thrown);
    }
  }

  #transmit(messages: readonly IpcMessage[]): void {
    const ipcMessage = writeIpcBatch(messages);
    if (ipcMessage === undefined) return;
    try {
      this.#channel.send?.(ipcMessage, undefined, {}, (error) => {
        if (error !== null) this.#drop(messages.length, error);
      });
    } catch (thrown) {
      this.#drop(messages.length, thrown);
    }
  }

  #drop(messages: number, cause: unknown): void {
    if (this.#state !== "closed") this.#handler?.onStatus({ kind: "dropped", messages, bytes: 0, cause });
  }

  readonly #onMessage = (message: unknown): void => {
    if (isBatchNotice(message)) return this.#onBatchNotice();
    if (!isIpcMessage(message)) return; // of the application, or of whatever else uses the channel
    const { uid, requesterUid } = message;
    if (uid === this.nodeId) return;
    if (requesterUid !== undefined && requesterUid !== this.nodeId) return;
    for (const part of readIpcBatch(message)) this.#handler?.onMessage(readBytes(part));
  };

  #onBatchNotice(): void {
    this.#isPrimaryOurs = true;
    this.#reviewBatches();
  }

  readonly #onDisconnect = (): void => {
    const cause = codedError("PRIMARY_GONE", "the primary process is gone, or has cut this worker off");
    this.#handler?.onStatus({ kind: "down", cause });
  };
}

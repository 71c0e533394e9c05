import { ANNOUNCEMENT_KEY, MESSAGE_TYPE } from "../cluster/message-type.ts";
import {
  batchNotice,
  isBatchNotice,
  isIpcMessage,
  readIpcBatch,
  SOURCE,
  type BatchNotice,
  type IpcMessage,
} from "./ipc-message.ts";

/** A worker, as far as messages to it are concerned. */
export interface MessageReceiver {
  readonly id: number;
  send(message: IpcMessage | BatchNotice): void;
}

/** Passes messages on from worker to worker; a part of the primary process. */
export class MessageRouter {
  readonly #workers: () => Iterable<MessageReceiver>;
  /**
   * The nodes that each worker has spoken for, with their namespaces: workers with `@socket.io/cluster-adapter` have a node for each
   * namespace.
   */
  readonly #nodes = new Map<number, Map<string, Set<string>>>();
  readonly #workerOf = new Map<string, number>();
  /** Workers that read batches. */
  readonly #batchReaders = new Set<number>();

  constructor(workers: () => Iterable<MessageReceiver>) {
    this.#workers = workers;
  }

  onMessage(workerId: number, message: unknown): void {
    if (isBatchNotice(message)) return this.#onBatchReader(workerId);
    if (!isIpcMessage(message)) return;
    const parts = readIpcBatch(message);
    for (const part of parts) this.#note(workerId, part);
    const { requesterUid } = message;
    const to = requesterUid === undefined ? undefined : this.#workerOf.get(requesterUid);
    for (const worker of this.#workers()) {
      if (to === undefined ? worker.id === workerId : worker.id !== to) continue;
      if (this.#batchReaders.has(worker.id)) worker.send(message);
      else for (const part of parts) worker.send(part);
    }
  }

  /** Takes leave for a worker that could not do so itself, so that the others need not wait for its silence. */
  onExit(workerId: number): void {
    const nodes = this.#nodes.get(workerId) ?? new Map<string, Set<string>>();
    this.#nodes.delete(workerId);
    this.#batchReaders.delete(workerId);
    for (const [uid, namespaces] of nodes) {
      this.#workerOf.delete(uid);
      for (const nsp of namespaces) this.#sayFarewell(workerId, uid, nsp);
    }
  }

  #onBatchReader(workerId: number): void {
    this.#batchReaders.add(workerId);
    for (const worker of this.#workers()) if (worker.id === workerId) worker.send(batchNotice);
  }

  #sayFarewell(workerId: number, uid: string, nsp: string): void {
    const data = { [ANNOUNCEMENT_KEY]: { version: 1, left: true } };
    const farewell: IpcMessage = { source: SOURCE, uid, nsp, type: MESSAGE_TYPE.close, data };
    for (const worker of this.#workers()) if (worker.id !== workerId) worker.send(farewell);
  }

  #note(workerId: number, { uid, nsp, type, requesterUid }: IpcMessage): void {
    if (type === MESSAGE_TYPE.close) return this.#forget(workerId, uid, nsp);
    if (requesterUid !== undefined) return; // nodes answer in namespaces, too, that they do not have
    let nodes = this.#nodes.get(workerId);
    if (nodes === undefined) this.#nodes.set(workerId, (nodes = new Map()));
    let namespaces = nodes.get(uid);
    if (namespaces === undefined) nodes.set(uid, (namespaces = new Set()));
    namespaces.add(nsp);
    this.#workerOf.set(uid, workerId);
  }

  #forget(workerId: number, uid: string, nsp: string): void {
    const nodes = this.#nodes.get(workerId);
    const namespaces = nodes?.get(uid);
    if (namespaces?.delete(nsp) !== true || namespaces.size > 0) return;
    nodes?.delete(uid);
    this.#workerOf.delete(uid);
  }
}

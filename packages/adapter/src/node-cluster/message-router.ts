import { ANNOUNCEMENT_KEY, MESSAGE_TYPE } from "../cluster/message-type.ts";
import { isIpcMessage, SOURCE, type IpcMessage } from "./ipc-message.ts";

/** A worker, as far as messages to it are concerned. */
export interface MessageReceiver {
  readonly id: number;
  send(message: IpcMessage): void;
}

/** A node's id in one namespace. */
interface Identity {
  readonly uid: string;
  readonly nsp: string;
}

/** Passes messages on from worker to worker; a part of the primary process. */
export class MessageRouter {
  readonly #workers: () => Iterable<MessageReceiver>;
  /** The nodes that each worker has spoken for: workers with `@socket.io/cluster-adapter` have one for each namespace. */
  readonly #identities = new Map<number, Map<string, Identity>>();
  readonly #workerOf = new Map<string, number>();

  constructor(workers: () => Iterable<MessageReceiver>) {
    this.#workers = workers;
  }

  onMessage(workerId: number, message: unknown): void {
    if (!isIpcMessage(message)) return;
    this.#note(workerId, message);
    const { requesterUid } = message;
    const to = requesterUid === undefined ? undefined : this.#workerOf.get(requesterUid);
    for (const worker of this.#workers())
      if (to === undefined ? worker.id !== workerId : worker.id === to) worker.send(message);
  }

  /** Takes leave for a worker that could not do so itself, so that the others need not wait for its silence. */
  onExit(workerId: number): void {
    const identities = this.#identities.get(workerId);
    this.#identities.delete(workerId);
    for (const { uid, nsp } of identities?.values() ?? []) {
      this.#workerOf.delete(uid);
      const data = { [ANNOUNCEMENT_KEY]: { version: 1, left: true } };
      const farewell: IpcMessage = { source: SOURCE, uid, nsp, type: MESSAGE_TYPE.close, data };
      for (const worker of this.#workers()) if (worker.id !== workerId) worker.send(farewell);
    }
  }

  #note(workerId: number, { uid, nsp, type }: IpcMessage): void {
    const key = JSON.stringify([uid, nsp]);
    let identities = this.#identities.get(workerId);
    if (type === MESSAGE_TYPE.close) {
      identities?.delete(key);
      return;
    }
    if (identities?.has(key) === true) return;
    if (identities === undefined) this.#identities.set(workerId, (identities = new Map()));
    identities.set(key, { uid, nsp });
    this.#workerOf.set(uid, workerId);
  }
}

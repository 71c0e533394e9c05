import { readWorkerNotice, seal, type PrimaryNotice } from "./sticky-message.ts";

/** A worker, as far as sessions are concerned. `Connection` is whatever can be passed on between processes. */
export interface SessionHolder<Connection> {
  readonly id: number;
  send(notice: PrimaryNotice, connection?: Connection): void;
}

/** Knows which worker has which session; a part of the primary process. */
export class SessionDirectory<Connection> {
  readonly #findWorker: (id: number) => SessionHolder<Connection> | undefined;
  readonly #workerOf = new Map<string, number>();
  readonly #addresses = new Map<number, string>();

  constructor(findWorker: (id: number) => SessionHolder<Connection> | undefined) {
    this.#findWorker = findWorker;
  }

  /** How many sessions are known. */
  get size(): number {
    return this.#workerOf.size;
  }

  onMessage(workerId: number, message: unknown, connection?: Connection): void {
    const notice = readWorkerNotice(message);
    switch (notice?.kind) {
      case undefined:
        return;
      case "ready":
        this.#addresses.set(workerId, notice.address);
        return;
      case "opened":
        this.#workerOf.set(notice.sid, workerId);
        return;
      case "closed":
        if (this.#workerOf.get(notice.sid) === workerId) this.#workerOf.delete(notice.sid);
        return;
      case "find":
        return this.#find(workerId, notice.sid, notice.question);
      case "handOver": {
        const owner = this.#findWorker(this.#workerOf.get(notice.sid) ?? workerId);
        if (connection !== undefined) owner?.send(seal({ kind: "takeOver", head: notice.head }), connection);
      }
    }
  }

  onExit(workerId: number): void {
    this.#addresses.delete(workerId);
    for (const [sid, owner] of this.#workerOf) if (owner === workerId) this.#workerOf.delete(sid);
  }

  #find(workerId: number, sid: string, question: number): void {
    // the worker that has opened the session has said so before, but on another channel: read that first
    if (!this.#workerOf.has(sid)) setImmediate(() => setImmediate(() => this.#answer(workerId, sid, question)));
    else this.#answer(workerId, sid, question);
  }

  #answer(workerId: number, sid: string, question: number): void {
    const address = this.#addresses.get(this.#workerOf.get(sid) ?? -1);
    const notice = { kind: "found", question, ...(address !== undefined && { address }) } as const;
    this.#findWorker(workerId)?.send(seal(notice));
  }
}

import { readWorkerNotice, seal, type PrimaryNotice, type WorkerNotice } from "./sticky-message.ts";

/** A worker, as far as sessions are concerned. `Connection` is whatever can be passed on between processes. */
export interface SessionHolder<Connection> {
  readonly id: number;
  send(notice: PrimaryNotice, connection?: Connection): void;
}

/** Knows which worker has which session; a part of the primary process. */
export class SessionDirectory<Connection> {
  readonly #findWorker: (id: number) => SessionHolder<Connection>;
  readonly #workerOf = new Map<string, number>();
  readonly #addresses = new Map<number, string>();
  /** Connections on their way from worker to worker. */
  readonly #transfers = new Map<string, { readonly from: number; readonly to: number }>();

  constructor(findWorker: (id: number) => SessionHolder<Connection>) {
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
      case "handOver":
        return this.#handOver(workerId, notice, connection);
      case "released":
        return this.#release(notice.transfer);
    }
  }

  /** Returns the address that the worker had. */
  onExit(workerId: number): string | undefined {
    const address = this.#addresses.get(workerId);
    this.#addresses.delete(workerId);
    for (const [sid, owner] of this.#workerOf) if (owner === workerId) this.#workerOf.delete(sid);
    for (const [transfer, { from }] of this.#transfers) if (from === workerId) this.#release(transfer);
    return address;
  }

  /** Passes a connection on; back to where it comes from, if its session is gone. */
  #handOver(
    from: number,
    { sid, transfer, head }: Extract<WorkerNotice, { kind: "handOver" }>,
    connection: Connection | undefined,
  ): void {
    if (connection === undefined) return; // its client has gone meanwhile
    const to = this.#workerOf.get(sid) ?? from;
    this.#transfers.set(transfer, { from, to });
    this.#findWorker(to).send(seal({ kind: "takeOver", transfer, head }), connection);
  }

  /** Goes the way that the connection has gone, behind it: when it arrives no process but the last has the connection. */
  #release(transfer: string): void {
    const to = this.#transfers.get(transfer)?.to;
    this.#transfers.delete(transfer);
    if (to !== undefined) this.#findWorker(to).send(seal({ kind: "released", transfer }));
  }

  #find(workerId: number, sid: string, question: number): void {
    // the worker that has opened the session has said so before, but on another channel: read that first
    if (!this.#workerOf.has(sid)) setImmediate(() => setImmediate(() => this.#answer(workerId, sid, question)));
    else this.#answer(workerId, sid, question);
  }

  #answer(workerId: number, sid: string, question: number): void {
    const address = this.#addresses.get(this.#workerOf.get(sid) ?? -1);
    const notice = { kind: "found", question, ...(address !== undefined && { address }) } as const;
    this.#findWorker(workerId).send(seal(notice));
  }
}

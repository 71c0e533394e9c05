import { readWorkerNotice, seal, type PrimaryNotice, type WorkerNotice } from "./sticky-message.ts";

/** A worker, as far as sessions are concerned. `Connection` is whatever can be passed on between processes. */
export interface SessionHolder<Connection> {
  readonly id: number;
  /** Whether its process has ended. What it has said before may be read later. */
  readonly isGone: boolean;
  send(notice: PrimaryNotice, connection?: Connection): void;
}

/** A connection on its way from worker to worker. */
interface Transfer<Connection> {
  readonly from: number;
  readonly to: number;
  readonly connection: Connection;
  /** Whether the worker that it comes from may still read it. */
  hasFormer: boolean;
  /** Whether it has arrived. Until then it is this process that has to end it if it does not. */
  isTaken: boolean;
}

/** Knows which worker has which session; a part of the primary process. */
export class SessionDirectory<Connection extends { destroy(): unknown }> {
  readonly #findWorker: (id: number) => SessionHolder<Connection>;
  readonly #workerOf = new Map<string, number>();
  readonly #addresses = new Map<number, string>();
  readonly #transfers = new Map<string, Transfer<Connection>>();

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
      case "taken":
        return this.#onTaken(workerId, notice.transfer);
    }
  }

  /** Returns the address that the worker had. */
  onExit(workerId: number): string | undefined {
    const address = this.#addresses.get(workerId);
    this.#addresses.delete(workerId);
    for (const [sid, owner] of this.#workerOf) if (owner === workerId) this.#workerOf.delete(sid);
    for (const [transfer, { from, to, connection }] of this.#transfers) {
      if (to === workerId) this.#transfers.delete(transfer);
      if (to === workerId) connection.destroy();
      else if (from === workerId) this.#release(transfer);
    }
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
    const receiver = this.#findWorker(to);
    if (receiver.isGone) return void connection.destroy();
    this.#transfers.set(transfer, { from, to, connection, hasFormer: !this.#findWorker(from).isGone, isTaken: false });
    receiver.send(seal({ kind: "takeOver", transfer, head }), connection);
  }

  /** The worker that had the connection before has let go of it. */
  #release(transfer: string): void {
    const found = this.#transfers.get(transfer);
    if (found === undefined) return;
    found.hasFormer = false;
    this.#finish(transfer, found);
  }

  #onTaken(workerId: number, transfer: string): void {
    const found = this.#transfers.get(transfer);
    if (found?.to !== workerId) return;
    found.isTaken = true;
    found.connection.destroy(); // this process's end of it
    this.#finish(transfer, found);
  }

  /** No process but the last has the connection. */
  #finish(transfer: string, { to, hasFormer, isTaken }: Transfer<Connection>): void {
    if (hasFormer || !isTaken) return;
    this.#transfers.delete(transfer);
    this.#findWorker(to).send(seal({ kind: "released", transfer }));
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

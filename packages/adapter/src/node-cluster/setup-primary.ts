import cluster, { type Worker } from "node:cluster";
import type { Socket } from "node:net";
import { removeAddress } from "./address.ts";
import { MessageRouter } from "./message-router.ts";
import { SessionDirectory } from "./session-directory.ts";
import { transmit } from "./transmit.ts";

/** What the primary process does for its workers. */
export interface PrimaryRole {
  /** Ends it. Idempotent. */
  close(): void;
}

/**
 * Passes messages on between the workers of `node:cluster`, and tells them which of them has which session. To be called once in the
 * primary process. Workers may have adapters of either kind, ours or those of `@socket.io/cluster-adapter`.
 *
 * @example
 * if (cluster.isPrimary) {
 *   setupPrimary();
 *   for (let index = 0; index < availableParallelism(); index++) cluster.fork();
 * }
 */
export function setupPrimary(): PrimaryRole {
  const router = new MessageRouter(receivers);
  const directory = new SessionDirectory<Socket>((id) => {
    const worker = cluster.workers?.[id];
    return {
      id,
      isGone: worker?.isDead() !== false,
      send: (notice, socket) => transmit<Socket>(worker, notice, socket),
    };
  });
  const onMessage = (worker: Worker, message: unknown, handle: unknown): void => {
    const socket = isSocket(handle) ? handle : undefined;
    socket?.on("error", ignore); // whoever gets it will see
    router.onMessage(worker.id, message);
    directory.onMessage(worker.id, message, socket);
  };
  const onExit = (worker: Worker): void => {
    router.onExit(worker.id);
    const address = directory.onExit(worker.id);
    if (address !== undefined) removeAddress(address); // a worker that was killed could not
  };
  cluster.on("message", onMessage);
  cluster.on("exit", onExit);
  return {
    close() {
      cluster.off("message", onMessage);
      cluster.off("exit", onExit);
    },
  };
}

function* receivers(): Generator<{ id: number; send: (message: object) => void }> {
  for (const worker of Object.values(cluster.workers ?? {}))
    if (worker !== undefined) yield { id: worker.id, send: (message) => transmit<Socket>(worker, message) };
}

function isSocket(handle: unknown): handle is Socket {
  return typeof handle === "object" && handle !== null && "remoteAddress" in handle;
}

function ignore(): void {}

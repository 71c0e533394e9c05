import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "../listening.ts";

/** A line between one client and the servers of a cluster, as a load balancer is. It ends with the test. */
export interface SwitchLine {
  readonly port: number;
  /** Ends the connection that is up, and leads the next ones to another server. With `half-open`, the server does not notice. */
  move(target: number, how: "reset" | "half-open"): void;
}

/** Starts a line to one server. */
export async function startSwitchLine(first: number): Promise<SwitchLine> {
  let target = first;
  const lines = new Map<Socket, Socket>();
  const halfOpen = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    lines.set(near, far);
    near.on("error", () => {});
    far.on("error", () => {});
    near.on("data", (chunk) => void far.write(chunk));
    far.on("data", (chunk) => void near.write(chunk));
    near.on("close", () => {
      lines.delete(near);
      if (!halfOpen.has(far)) far.destroy();
    });
    far.on("close", () => near.destroy());
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const far of halfOpen) far.destroy();
    for (const [near, far] of lines) for (const socket of [near, far]) socket.destroy();
    server.close();
  });
  return {
    port,
    move(next, how) {
      target = next;
      for (const [near, far] of lines) {
        if (how === "half-open") halfOpen.add(far.removeAllListeners("data"));
        else far.resetAndDestroy();
        near.resetAndDestroy();
      }
    },
  };
}

import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "./listening.ts";

/** How a relayed connection dies. */
export type Death =
  /** Both ends hear of it. */
  | "reset"
  /** Both ends hear of it after a part of what was under way. */
  | "cut"
  /** Only the client hears of it: to the server the connection is silent, as when a network is changed. */
  | "half-open";

/** A line between a client and its server that can fail. */
export interface Relay {
  readonly port: number;
  /** How many connections are up. */
  readonly size: number;
  /** Ends all that are up. */
  kill(death?: Death): void;
  /** Refuses connections until {@link up}. */
  down(): void;
  up(): void;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  isCut: boolean;
}

/** Starts a relay to a port of this machine; it ends with the test. */
export async function startRelay(target: number): Promise<Relay> {
  const lines = new Set<Line>();
  const halfOpen = new Set<Socket>();
  let isDown = false;
  const server = createServer((near) => {
    near.on("error", () => {});
    if (isDown) return void near.destroy();
    const far = connect(target, "127.0.0.1");
    far.on("error", () => {});
    const line: Line = { near, far, isCut: false };
    lines.add(line);
    const end = (): void => {
      lines.delete(line);
      near.destroy();
      if (!halfOpen.has(far)) far.destroy();
    };
    near.on("close", end);
    far.on("close", end);
    near.on("data", (chunk) => void far.write(chunk));
    far.on("data", (chunk: Buffer) => {
      if (!line.isCut) return void near.write(chunk);
      near.end(chunk.subarray(0, chunk.length >> 1));
      far.resetAndDestroy();
    });
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const { near, far } of lines) for (const socket of [near, far]) socket.destroy();
    for (const far of halfOpen) far.destroy();
    server.close();
  });
  return {
    port,
    get size() {
      return lines.size;
    },
    kill(death = "reset") {
      for (const line of lines) {
        if (death === "cut") line.isCut = true;
        else {
          if (death === "half-open") halfOpen.add(line.far.removeAllListeners("data"));
          else line.far.resetAndDestroy();
          line.near.resetAndDestroy();
        }
      }
    },
    down() {
      isDown = true;
    },
    up() {
      isDown = false;
    },
  };
}

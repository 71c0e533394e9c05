import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "./listening.ts";
import type { Random } from "./random.ts";

/** What can happen to a connection on its way, once so many bytes have passed. */
const MISHAPS = [
  /** Both ends are reset. */
  "reset",
  /** Both ends hear of the end, after the first part of a chunk. */
  "cut",
  /** Nothing passes for a moment; then all that waited does. */
  "stall",
  /** Nothing passes any more, and nobody is told. */
  "silence",
  /** The end that receives hears of the end; what the other sends is lost, while it goes on to receive. */
  "half-close",
] as const;

/** Silence comes less often, because it takes so long until it is noticed. */
const DECK: readonly Mishap[] = [...MISHAPS, ...MISHAPS.filter((mishap) => mishap !== "silence")];

/** What can happen to a connection on its way. */
type Mishap = (typeof MISHAPS)[number];

/** How often something happens. */
export interface Losses {
  /** Bytes between two mishaps of one connection, on average. */
  readonly meanBytes: number;
  /** Milliseconds that a stall may take. */
  readonly maxStallMs: number;
}

/** A line between clients and a server that fails at random. */
export interface LossyProxy {
  readonly port: number;
  /** What has happened so far. */
  readonly counts: Readonly<Record<Mishap, number>>;
}

/** Starts a proxy to a port of this machine; it ends with the test. */
export async function startLossyProxy(target: number, random: Random, losses: Losses): Promise<LossyProxy> {
  const counts: Record<Mishap, number> = { reset: 0, cut: 0, stall: 0, silence: 0, "half-close": 0 };
  const lines = new Set<Line>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    const line = new Line(near, far, random, losses, (mishap) => counts[mishap]++);
    lines.add(line);
    line.onEnd = () => lines.delete(line);
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const line of lines) line.destroy();
    server.close();
  });
  return { port, counts };
}

/** One connection through the proxy: two sockets, and what happens between them next. */
class Line {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #random: Random;
  readonly #losses: Losses;
  readonly #count: (mishap: Mishap) => void;
  /** Bytes that pass before the next mishap. */
  #bytesLeft = 0;
  #next: Mishap = "stall";
  #isSilent = false;
  onEnd: () => void = () => {};

  constructor(near: Socket, far: Socket, random: Random, losses: Losses, count: (mishap: Mishap) => void) {
    this.#near = near;
    this.#far = far;
    this.#random = random;
    this.#losses = losses;
    this.#count = count;
    this.#draw();
    this.#carry(near, far);
    this.#carry(far, near);
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #draw(): void {
    this.#bytesLeft = this.#random.below(2 * this.#losses.meanBytes);
    this.#next = this.#random.pick(DECK);
  }

  #carry(from: Socket, to: Socket): void {
    let isHalfClosed = false;
    from.on("error", () => {});
    from.on("data", (chunk: Buffer) => {
      if (this.#isSilent || isHalfClosed) return;
      this.#bytesLeft -= chunk.length;
      if (this.#bytesLeft > 0) return void to.write(chunk);
      isHalfClosed = this.#next === "half-close";
      this.#happen(chunk.subarray(0, this.#random.below(chunk.length)), chunk, to);
    });
    from.on("end", () => {
      if (!this.#isSilent) to.end();
    });
    from.on("close", () => {
      this.onEnd();
      // to a line that is silent nobody tells anything
      if (!this.#isSilent) to.destroySoon();
    });
  }

  #happen(part: Buffer, chunk: Buffer, to: Socket): void {
    const mishap = this.#next;
    this.#count(mishap);
    this.#draw();
    switch (mishap) {
      case "reset":
        this.#near.resetAndDestroy();
        return void this.#far.resetAndDestroy();
      case "cut":
        to.write(part);
        this.#near.destroySoon();
        return this.#far.destroySoon();
      case "half-close":
        return void to.end(part);
      case "silence":
        this.#isSilent = true;
        return void to.write(part);
      case "stall":
        return this.#stall(chunk, to);
    }
  }

  #stall(chunk: Buffer, to: Socket): void {
    this.#near.pause();
    this.#far.pause();
    const resume = (): void => {
      to.write(chunk);
      this.#near.resume();
      this.#far.resume();
    };
    setTimeout(resume, this.#random.below(this.#losses.maxStallMs));
  }
}

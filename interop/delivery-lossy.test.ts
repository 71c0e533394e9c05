import type { Server, Socket as ServerSocket } from "socket.io";
import type { ManagerOptions, Socket as ClientSocket, SocketOptions } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { clientEnds, serverEnds } from "./ends.ts";
import { startLossyProxy } from "./lossy-proxy.ts";
import { Random, seedOf } from "./random.ts";
import { serveEnd } from "./stock.ts";

const EVENTS = 10_000;
/** So many events may be on their way to the client before the server sends more. */
const AHEAD = 200;
/** Without any progress for so long, something is stuck. */
const PATIENCE_MS = 60_000;

const numbers = Array.from({ length: EVENTS }, (_, n) => n);

interface Course {
  readonly name: string;
  readonly options: Partial<ManagerOptions> & { readonly retryWindow?: number };
}

const courses: readonly Course[] = [
  { name: "WebSocket", options: { transports: ["websocket"] } },
  { name: "long-polling and upgrade", options: {} },
  { name: "WebSocket, 32 under way", options: { transports: ["websocket"], retryWindow: 32 } },
];

for (const server of serverEnds.filter(({ ours }) => ours))
  for (const client of clientEnds.filter(({ ours }) => ours))
    describe("over a line with cuts, stalls and half-closes", () => {
      for (const { name, options } of courses)
        test(`${EVENTS} events each way arrive, none twice, in order (${name})`, { timeout: 300_000 }, async () => {
          const random = new Random(seedOf(name));
          const { io, port } = await serveEnd(server, {
            connectionStateRecovery: {},
            pingInterval: 200,
            pingTimeout: 400,
          });
          const heard = hear(io, random);
          const proxy = await startLossyProxy(port, random, { meanBytes: 10_000, maxStallMs: 40 });
          const socket = client.io(`http://127.0.0.1:${proxy.port}`, reconnecting(options));
          onTestFinished(() => void socket.disconnect());
          const got = tell(socket);
          // from here on the client has a session to come back to
          socket.once("connect", () => heard.start());
          await finished(
            () => [heard.events.length, got.events.length, got.answers.length],
            () => heard.send(got.events.length),
          );
          expect(heard.refusals).toEqual([]);
          expect(heard.events).toEqual(numbers);
          expect(got.events).toEqual(numbers);
          // of events that are under way together, the one whose handler is quicker is answered first
          const answers = options.retryWindow === undefined ? got.answers : got.answers.toSorted(byNumber);
          expect(answers).toEqual(numbers.map((n) => [null, n]));
          expect(Object.values(proxy.counts).reduce((sum, count) => sum + count)).toBeGreaterThan(30);
        });
    });

function reconnecting(options: Course["options"]): Partial<ManagerOptions & SocketOptions> {
  return {
    forceNew: true,
    reconnectionDelay: 1,
    reconnectionDelayMax: 20,
    timeout: 2_000,
    retries: Number.POSITIVE_INFINITY,
    ackTimeout: 2_000,
    ...options,
  };
}

/** What the server hears, and its own events to the one client that it has. */
interface Hearing {
  readonly events: readonly number[];
  /** Why the client did not get its session back. */
  readonly refusals: readonly unknown[];
  /** The client knows its session. */
  start(): void;
  /** Sends on, to a client that has received so many. */
  send(received: number): void;
}

function hear(io: Server, random: Random): Hearing {
  const events: number[] = [];
  const refusals: unknown[] = [];
  let latest: ServerSocket | undefined;
  let isStarted = false;
  let sent = 0;
  io.on("connection", (socket) => {
    if (isStarted && !socket.recovered) refusals.push(Reflect.get(socket, "recoveryFailure"));
    latest = socket;
    socket.on("up", async (n: number, answer: (n: number) => void) => {
      events.push(n);
      // some handlers take a while
      if (random.below(8) === 0) await new Promise((resolve) => setImmediate(resolve));
      answer(n);
    });
  });
  return {
    events,
    refusals,
    start() {
      isStarted = true;
    },
    send(received) {
      if (!isStarted || latest === undefined) return;
      for (; sent < EVENTS && sent < received + AHEAD; sent++) latest.emit("down", sent, "x".repeat(sent % 50));
    },
  };
}

/** The client's events to the server with their answers, and what it hears. */
function tell(socket: ClientSocket): { events: number[]; answers: unknown[][] } {
  const events: number[] = [];
  const answers: unknown[][] = [];
  socket.on("down", (n: number) => void events.push(n));
  for (const n of numbers) socket.emit("up", n, (...answer: unknown[]) => void answers.push(answer));
  return { events, answers };
}

function byNumber([, a]: readonly unknown[], [, b]: readonly unknown[]): number {
  return Number(a) - Number(b);
}

/** Waits until every count has reached its end, as long as there is some progress. */
async function finished(counts: () => readonly number[], step: () => void): Promise<void> {
  let before = "";
  let changedMs = performance.now();
  while (counts().some((count) => count < EVENTS)) {
    step();
    const now = counts().join(", ");
    if (now !== before) changedMs = performance.now();
    before = now;
    if (performance.now() - changedMs > PATIENCE_MS) throw new Error(`stuck at ${now} of ${EVENTS}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

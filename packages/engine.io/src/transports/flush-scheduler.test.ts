import { expect, test } from "vitest";
import { FlushScheduler, nodeDeferral, type Flushable, type FlushPolicy } from "./flush-scheduler.ts";

class Loop {
  readonly reported: unknown[] = [];
  readonly scheduler: FlushScheduler;
  #ticks: (() => void)[] = [];
  #immediates: (() => void)[] = [];

  constructor(policy: FlushPolicy) {
    this.scheduler = new FlushScheduler(policy, (error) => this.reported.push(error), {
      tick: (callback) => this.#ticks.push(callback),
      immediate: (callback) => this.#immediates.push(callback),
    });
  }

  /** One callback of the event loop, and what is deferred to its end. */
  callback(work: () => void): void {
    work();
    for (const tick of this.#ticks.splice(0)) tick();
  }

  /** The end of the iteration. */
  end(): void {
    for (const immediate of this.#immediates.splice(0)) this.callback(immediate);
  }
}

function flushable(flush: () => void): Flushable {
  return { flushedIn: -1, flush };
}

test.each(["tick", "immediate", "auto"] as const)(
  "with %s, all that is marked in a callback is flushed at once, in order",
  (policy) => {
    const loop = new Loop(policy);
    const flushed: string[] = [];
    loop.callback(() => {
      for (const name of ["a", "b", "c"]) loop.scheduler.mark(flushable(() => flushed.push(name)));
      expect(flushed).toEqual([]);
    });
    expect(flushed).toHaveLength(policy === "immediate" ? 0 : 3);
    loop.end();
    expect(flushed).toEqual(["a", "b", "c"]);
  },
);

test("what is marked during a flush waits for the next one", () => {
  const loop = new Loop("immediate");
  let flushes = 0;
  const again = flushable(() => void (flushes++ === 0 && loop.scheduler.mark(again)));
  loop.callback(() => loop.scheduler.mark(again));
  loop.end();
  expect(flushes).toBe(1);
  loop.end();
  expect(flushes).toBe(2);
});

test("a flush that fails is reported and keeps no other back", () => {
  const loop = new Loop("tick");
  const error = new Error("broken");
  let flushed = false;
  loop.callback(() => {
    loop.scheduler.mark(
      flushable(() => {
        throw error;
      }),
    );
    loop.scheduler.mark(flushable(() => void (flushed = true)));
  });
  expect(loop.reported).toEqual([error]);
  expect(flushed).toBe(true);
});

/** Iterations in which each of several callbacks sends to the same connections; returns how often each was flushed. */
function chat(loop: Loop, callbacks: number, iterations: number): number {
  let flushes = 0;
  const marked = new Set<Flushable>();
  const connections = Array.from({ length: 10 }, () => {
    const connection = flushable(() => {
      flushes++;
      marked.delete(connection);
    });
    return connection;
  });
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let callback = 0; callback < callbacks; callback++) {
      loop.callback(() => {
        for (const connection of connections) {
          if (!marked.has(connection)) loop.scheduler.mark(connection);
          marked.add(connection);
        }
      });
    }
    loop.end();
  }
  return flushes / connections.length;
}

test("auto waits for all input while that merges what goes to the same connections, and looks again now and then", () => {
  const loop = new Loop("auto");
  let flushedBeforeEnd = 0;
  const connection = flushable(() => void flushedBeforeEnd++);
  const iteration = (): number => {
    flushedBeforeEnd = 0;
    for (let callback = 0; callback < 5; callback++) loop.callback(() => loop.scheduler.mark(connection));
    const before = flushedBeforeEnd;
    loop.end();
    return before;
  };
  const counts = Array.from({ length: 130 }, iteration);
  expect(counts.slice(0, 3)).toEqual([5, 0, 0]);
  expect(counts.filter((count) => count === 5)).toHaveLength(2);
});

test("auto does not look at an expensive iteration to its end", () => {
  const loop = new Loop("auto");
  expect(chat(loop, 100, 1)).toBe(4); // three until it is convinced, and one for all the rest
});

test("auto does not wait when nothing would merge", () => {
  const loop = new Loop("auto");
  for (let iteration = 0; iteration < 10; iteration++) {
    let flushed = false;
    loop.callback(() => loop.scheduler.mark(flushable(() => void (flushed = true))));
    expect(flushed).toBe(true);
    loop.end();
  }
  expect(chat(loop, 1, 10)).toBe(10);
});

test("the deferral of Node.js: tick comes before immediate", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    nodeDeferral.immediate(() => {
      order.push("immediate");
      resolve();
    });
    nodeDeferral.tick(() => order.push("tick"));
  });
  expect(order).toEqual(["tick", "immediate"]);
});

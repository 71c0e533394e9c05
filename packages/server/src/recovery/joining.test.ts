import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { Joining } from "./joining.ts";

const turn = () => new Promise(setImmediate);

test("what asks before a server joins, or after it has, is done at once", async () => {
  const joining = new Joining(new FakeClock());
  expect(joining.after(() => 1)).toBe(1);
  joining.begin(Promise.resolve());
  await turn();
  expect(joining.after(() => 2)).toBe(2);
});

/** What another can end. */
function openJoin() {
  let resolve = (): void => {};
  let reject = (_cause: Error): void => {};
  const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve: () => resolve(), reject: () => reject(new Error("away")) };
}

test.each(["has joined", "has failed to", "takes too long"])(
  "what asks meanwhile waits until the server %s",
  async (end) => {
    const clock = new FakeClock();
    const join = openJoin();
    const joining = new Joining(clock);
    joining.begin(join.promise);
    const done: number[] = [];
    const waiting = joining.after(() => done.push(1));
    clock.advance(4_999);
    await turn();
    expect(done).toEqual([]);
    if (end === "has joined") join.resolve();
    else if (end === "has failed to") join.reject();
    else clock.advance(1);
    await waiting;
    expect(done).toEqual([1]);
    expect(joining.after(() => "at once")).toBe("at once");
  },
);

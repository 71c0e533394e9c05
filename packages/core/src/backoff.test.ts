import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

const steady = { minMs: 1_000, maxMs: 5_000, jitter: 0 };

test("delays double up to the cap", () => {
  const backoff = new Backoff(steady);
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
    1_000, 2_000, 4_000, 5_000, 5_000,
  ]);
  expect(backoff.attempts).toBe(5);
});

test("reset starts over", () => {
  const backoff = new Backoff(steady);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.attempts).toBe(0);
  expect(backoff.next()).toBe(1_000);
});

test("jitter spreads a delay that has reached the cap", () => {
  const atCap = (random: number) => {
    const backoff = new Backoff({ ...steady, jitter: 0.5 }, () => random);
    for (let attempt = 0; attempt < 10; attempt++) backoff.next();
    return backoff.next();
  };
  expect([atCap(0), atCap(0.5), atCap(1)]).toEqual([2_500, 5_000, 7_500]);
});

test("thousands of attempts do not overflow", () => {
  const backoff = new Backoff(steady);
  for (let attempt = 0; attempt < 5_000; attempt++) backoff.next();
  expect(backoff.next()).toBe(5_000);
});

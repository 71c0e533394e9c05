import type { EngineMessage } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { FrameDecoder } from "@halyard/engine.io-parser";
import { expect, test } from "vitest";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import { StreamReader } from "./webtransport-reader.ts";
import { frameOf } from "./webtransport-session.fixture.ts";

/** A small random generator, so that a failing run can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** Reads the bytes in chunks of random sizes, with turns that end now and then, and tells what came of it. */
async function readAll(bytes: Uint8Array, random: (below: number) => number): Promise<(EngineMessage | Error)[]> {
  const told: (EngineMessage | Error)[] = [];
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random(40);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  const turns = new LoopTurns(new FakeClock(), () => {});
  await new Promise<void>((resolve) => {
    const reader = new StreamReader(
      { read: async () => ({ done: chunks.length === 0, value: chunks.shift() }) },
      new FrameDecoder(1_000),
      {
        onFrame(frame) {
          told.push(frame);
          if (random(10) === 0) {
            reader.pause();
            setImmediate(() => reader.resume());
          }
        },
        onViolation(cause) {
          told.push(cause);
          reader.stop();
          resolve();
        },
        onEnd: () => resolve(),
      },
      new WorkMeters(turns, { maxPackets: 1 + random(5), maxMs: 5 }),
    );
    reader.start();
  });
  return told;
}

test("frames in any chunks arrive once, in order, however reading is held up", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = randomFrom(seed);
    const frames = Array.from({ length: random(40) }, (_, index) => `4${index}`.padEnd(1 + random(200), "x"));
    expect([seed, await readAll(Buffer.concat(frames.map(frameOf)), random)]).toEqual([seed, frames]);
  }
});

test("any bytes give frames, and at the most one error, which has its code and comes last", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed);
    const bytes = Buffer.concat(Array.from({ length: 10 }, () => frameOf("4".padEnd(random(150), "x"))));
    for (let change = 0; change < 3; change++) bytes[random(bytes.length)] = random(256);
    const told = await readAll(bytes, random);
    const errors = told.filter((each) => each instanceof Error);
    expect(errors.length).toBeLessThanOrEqual(1);
    for (const error of errors) {
      expect(error).toMatchObject({ code: "ENGINE_PARSE" });
      expect(told.at(-1)).toBe(error);
    }
  }
});

import { expect, test } from "vitest";
import { StreamQueue } from "./webtransport-queue.ts";

const SLICE_BYTES = 65_536;

function takeAll(queue: StreamQueue): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let chunk = queue.take(); chunk !== undefined; chunk = queue.take()) taken.push(chunk);
  return taken;
}

function total(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
}

test("gives back all bytes in order, in slices, and knows how many are left", () => {
  const sizes = [1, 2, 300, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000];
  let state = 7;
  const next = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  for (let run = 0; run < 50; run++) {
    const queue = new StreamQueue();
    const added: Uint8Array[] = [];
    const taken: Uint8Array[] = [];
    for (let step = 0; step < 40; step++) {
      const frame = Buffer.alloc(sizes[next(sizes.length)] ?? 1, step);
      added.push(frame);
      queue.add(frame);
      const chunk = next(3) === 0 ? queue.take() : undefined;
      if (chunk !== undefined) taken.push(chunk);
      expect(queue.byteLength).toBe(total(added) - total(taken));
    }
    taken.push(...takeAll(queue));
    expect(Buffer.concat(taken).equals(Buffer.concat(added))).toBe(true);
    expect(taken.every((chunk) => chunk.byteLength <= SLICE_BYTES)).toBe(true);
    expect(queue.byteLength).toBe(0);
  }
});

test("puts as many frames as fit into one slice", () => {
  const queue = new StreamQueue();
  for (let frame = 0; frame < 1_000; frame++) queue.add(Buffer.alloc(10));
  expect(takeAll(queue).map(({ byteLength }) => byteLength)).toEqual([10_000]);
});

test("tells what remains of a large frame that has left in part", () => {
  const queue = new StreamQueue();
  queue.add(Buffer.alloc(100_000));
  queue.add(Buffer.alloc(7));
  expect([queue.headBytes, queue.byteLength]).toEqual([0, 100_007]);
  queue.take();
  expect([queue.headBytes, queue.byteLength]).toEqual([100_000 - SLICE_BYTES, 100_007 - SLICE_BYTES]);
  queue.take();
  expect([queue.headBytes, queue.byteLength]).toEqual([0, 0]);
});

test("many small frames take little more memory than their bytes", () => {
  const queue = new StreamQueue();
  const before = process.memoryUsage();
  for (let frame = 0; frame < 200_000; frame++) queue.add(Buffer.from([1, 65]));
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(20_000_000);
  expect(queue.byteLength).toBe(400_000);
});

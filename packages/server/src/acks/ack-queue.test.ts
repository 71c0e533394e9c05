import fc from "fast-check";
import { expect, test } from "vitest";
import { AckQueue } from "./ack-queue.ts";
import type { PendingAck } from "./pending-acks.ts";

function ack(): PendingAck {
  return { reply: () => {}, abandon: () => {} };
}

test("an acknowledgement is taken once, whatever the order, and others stay", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(1_000), fc.integer({ min: 1, max: 5 })), { maxLength: 400 }),
      (steps) => {
        const queue = new AckQueue<PendingAck>();
        const model = new Map<number, PendingAck>();
        let lastId = 0;
        for (const [adds, choice, gap] of steps) {
          if (adds) {
            lastId += gap;
            const added = ack();
            queue.add(lastId, added);
            model.set(lastId, added);
          } else {
            const ids = [...model.keys()];
            const id = ids[choice % (ids.length + 1)] ?? choice;
            expect(queue.take(id)).toBe(model.get(id));
            model.delete(id);
          }
          expect(queue.size).toBe(model.size);
          expect(queue.places).toBeLessThanOrEqual(queue.size * 2 + 64);
        }
        expect(queue.takeAll()).toEqual([...model.values()]);
        expect([queue.size, queue.takeAll()]).toEqual([0, []]);
      },
    ),
    { seed: 20_261_123, numRuns: 300 },
  );
});

test("answers that never come keep no place for the thousands that do", () => {
  const queue = new AckQueue<PendingAck>();
  const never = [ack(), ack()];
  for (let id = 1; id <= 10_000; id++) {
    if (id === 100 || id === 5_000) queue.add(id, never[id === 100 ? 0 : 1] ?? ack());
    else {
      const waiting = ack();
      queue.add(id, waiting);
      expect(queue.take(id)).toBe(waiting);
    }
    expect(queue.places).toBeLessThanOrEqual(68);
  }
  expect(queue.take(9_999)).toBeUndefined();
  expect(queue.takeAll()).toEqual(never);
});

test("an acknowledgement that is added late is found among those with higher ids", () => {
  const queue = new AckQueue<PendingAck>();
  const [first, second, third] = [ack(), ack(), ack()];
  queue.add(3, third);
  queue.add(2, second);
  queue.add(1, first);
  expect(queue.take(2)).toBe(second);
  expect(queue.take(1)).toBe(first);
  expect(queue.take(3)).toBe(third);
});

import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pack } from "./pack.ts";
import { parser } from "./index.ts";
import { unpack } from "./unpack.ts";

const { Encoder } = createRequire(import.meta.url)("socket.io-msgpack-parser");

const key = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__");
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom(null, true, false, undefined),
    fc.maxSafeInteger(),
    fc
      .double()
      .map((number) => (Object.is(number, -0) ? 0 : number))
      .filter((number) => !Number.isInteger(number)),
    fc.string({ unit: "grapheme", size: "large" }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value")),
    fc.dictionary(key, tie("value"), { noNullPrototype: true }),
  ),
}));

test("whatever is packed is what the incumbent packs, and is unpacked as it was", () => {
  fc.assert(
    fc.property(value, (original) => {
      const bytes = pack(original);
      expect(Buffer.from(bytes).equals(new Encoder().encode(original)[0])).toBe(true);
      expect(unpack(bytes, 256)).toStrictEqual(original);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("whatever arrives gives a packet or an error with its code, in next to no time", { timeout: 180_000 }, () => {
  const random = randomNumbers(7);
  const pool = fc
    .sample(value, { seed: 2, numRuns: 200 })
    .flatMap((data) => parser.encode({ type: "event", namespace: "/", data: ["e", data], id: 5 }) as Uint8Array[]);
  const decoder = parser.createDecoder();
  let delivered = 0;
  for (let round = 0; round < 150_000; round++) {
    const message = Uint8Array.from(pool[random(pool.length)]!);
    for (let changes = 1 + random(3); changes > 0; changes--) message[random(message.length)] = random(256);
    try {
      decoder.write(random(8) === 0 ? message.subarray(0, random(message.length)) : message);
      delivered++;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "SOCKET_PARSE")) throw error;
    }
  }
  // mutations that hit a text or a number are packets still
  expect(delivered).toBeGreaterThan(1_000);
});

/** The same numbers below a bound on every run (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

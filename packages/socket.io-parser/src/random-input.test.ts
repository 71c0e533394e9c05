import type { EngineMessage, SocketPacket } from "@halyard/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parser, RESERVED_EVENTS } from "./index.ts";

const namespace = fc.oneof(
  fc.constant("/"),
  fc.string({ unit: "grapheme", maxLength: 20 }).map((name) => `/${name.replaceAll(/[,?]/g, "")}`),
);
const id = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 8 });
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue(),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const eventName = fc.oneof(
  fc.nat(),
  fc.string().filter((name) => !RESERVED_EVENTS.has(name)),
);
const args = fc
  .tuple(fc.array(value, { maxLength: 5 }), fc.array(bytes, { maxLength: 3 }))
  .map(([values, binaries]) => [...values, ...binaries, { binaries }]);
const packet: fc.Arbitrary<SocketPacket> = fc.oneof(
  fc.record(
    {
      type: fc.constant("connect" as const),
      namespace,
      data: fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
    },
    { requiredKeys: ["type", "namespace"] },
  ),
  fc.record({ type: fc.constant("disconnect" as const), namespace }),
  fc.record(
    {
      type: fc.constant("event" as const),
      namespace,
      data: fc.tuple(eventName, args).map(([name, values]) => [name, ...values] as const),
      id,
    },
    { requiredKeys: ["type", "namespace", "data"] },
  ),
  fc.record({ type: fc.constant("ack" as const), namespace, data: args, id }),
  fc.record({
    type: fc.constant("connect_error" as const),
    namespace,
    data: fc.oneof(fc.string(), fc.record({ message: fc.string(), data: fc.jsonValue() })),
  }),
);

test("whatever is encoded is decoded as it was", () => {
  fc.assert(
    fc.property(packet, (original) => {
      const decoder = parser.createDecoder();
      const found = parser.encode(original).map((message) => decoder.write(message));
      expect(found.at(-1)).toEqual(asJson(original));
      expect(found.slice(0, -1)).toEqual(found.slice(0, -1).map(() => undefined));
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("whatever arrives gives a packet or an error with its code, in next to no time", { timeout: 180_000 }, () => {
  const random = randomNumbers(7);
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;
  const pool = fc.sample(packet, { seed: 2, numRuns: 300 }).map((original) => parser.encode(original));
  const snippets = [
    ...'0123456789-/,[]{}":_ \n\\?'.split(""),
    '{"_placeholder":true,"num":0}',
    '"connect"',
    "null",
    "1e9",
    "\ud800",
    "[[[[",
  ];
  const mangle = (message: EngineMessage): EngineMessage => {
    if (typeof message !== "string") return random(4) === 0 ? "2" : message.subarray(random(2));
    const [from, to] = [random(message.length + 1), random(message.length + 1)];
    switch (random(4)) {
      case 0:
        return message.slice(0, from) + pick(snippets) + message.slice(from);
      case 1:
        return message.slice(0, from) + message.slice(Math.max(from, to));
      case 2:
        return message.slice(0, from) + pick(snippets) + message.slice(from + 1);
      default:
        return message.slice(0, from) + String(pick(pool)[0]).slice(from);
    }
  };
  let delivered = 0;
  let decoder = parser.createDecoder();
  for (let round = 0; round < 120_000; round++) {
    const messages = [...pick(pool)];
    const at = random(messages.length);
    messages[at] = mangle(messages[at]!);
    try {
      for (const message of messages) if (decoder.write(message) !== undefined) delivered++;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "SOCKET_PARSE")) throw error;
      decoder = parser.createDecoder();
    }
  }
  // mutations that hit a string or a number are packets still
  expect(delivered).toBeGreaterThan(1_000);
});

/** What JSON makes of a packet, bytes left as they are. */
function asJson<Value>(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null) return JSON.parse(JSON.stringify(value) ?? "null");
  if (Array.isArray(value)) return value.map(asJson) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asJson(member)])) as Value;
}

/** The same numbers below a bound on every run (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

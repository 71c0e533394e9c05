import { createRequire } from "node:module";
import type { Decoder, EngineMessage, SocketPacket } from "@halyard/contracts";
import { parserCases } from "@halyard/conformance";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as browser from "./browser.ts";
import * as node from "./index.ts";

/** Of all limits, that on attachments is kept, and that on depth where it keeps the search for their places short. */
const SIZE = "attachments: count towards the size of the packet";

const require = createRequire(import.meta.url);

describe("keeps the contract but for most limits", () => {
  for (const { name, run } of parserCases({ parser: browser.parser }))
    if (!name.startsWith("limit:") && name !== SIZE) test(name, run);
});

test("exports what it does in Node.js", () => {
  expect(Object.keys(browser)).toEqual(Object.keys(node));
});

describe("writes and reads as in Node.js", () => {
  const packets: readonly SocketPacket[] = [
    { type: "connect", namespace: "/", data: { token: "é", bytes: [Uint8Array.of(1)] } },
    { type: "disconnect", namespace: "/admin" },
    { type: "event", namespace: "/", data: ["e", 'a "quote"', undefined, -0, [null], new Date(5)] },
    { type: "event", namespace: "/admin", data: [5, Uint8Array.of(1), { list: [Uint8Array.of(2)] }], id: 0 },
    { type: "ack", namespace: "/", data: [{ toJSON: () => Uint8Array.of(3) }, true], id: 7 },
    { type: "connect_error", namespace: "/", data: { message: "no" } },
  ];

  test.each(packets)("$type to $namespace", (packet) => {
    expect(browser.parser.encode(packet)).toEqual(node.parser.encode(packet));
  });

  test("whatever the text", () => {
    const part = fc.oneof(
      fc.constantFrom("0", "2", "3", "5", "6", "1-", "/a", "/", ",", "?", "12", "-", " ", "\n", "{", "[", "]", '["e"]'),
      fc.constantFrom('["e",{"_placeholder":true,"num":0}]', '{"sid":"a"}', '"no"', "[]", "9007199254740993", "\ufeff"),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const messages = [parts.join(""), Uint8Array.of(1)];
        expect(outcome(browser.parser.createDecoder(), messages)).toEqual(
          outcome(node.parser.createDecoder(), messages),
        );
      }),
      { seed: 3, numRuns: 20_000 },
    );
  });
});

test("counts attachments", () => {
  const announce = (count: number): EngineMessage =>
    browser.parser.encode({ type: "ack", namespace: "/", id: 1, data: Array(count).fill(Uint8Array.of(1)) })[0] ?? "";
  expect(() => browser.parser.createDecoder().write(announce(10))).not.toThrow();
  expect(() => browser.parser.createDecoder().write(announce(11))).toThrow("packet exceeds maxAttachments");
  expect(() => browser.parser.createDecoder({ maxAttachments: 11 }).write(announce(11))).not.toThrow();
});

test("a replacer and a reviver are asked", () => {
  const parser = browser.createParser({
    replacer: (_, value) => (typeof value === "bigint" ? `${value}n` : value),
    reviver: (_, value) => (value === "5n" ? 5n : value),
  });
  const packet: SocketPacket = { type: "event", namespace: "/", data: ["e", 5n] };
  const [text = ""] = parser.encode(packet);
  expect(text).toBe('2["e","5n"]');
  expect(parser.createDecoder().write(text)).toEqual(packet);
});

test.each(["socket.io-parser", "socket.io-msgpack-parser", "socket.io-json-parser"])("takes %s as a parser", (name) => {
  const parser = browser.resolveParser(require(name));
  const packet: SocketPacket = { type: "event", namespace: "/admin", data: ["e", { a: [null] }], id: 3 };
  const decoder = parser.createDecoder();
  expect(parser.encode(packet).map((message) => decoder.write(message))).toEqual([packet]);
  expect(browser.resolveParser(undefined)).toBe(browser.parser);
});

/** The packet that comes of messages, or the code of the refusal. */
function outcome(decoder: Decoder, messages: readonly EngineMessage[]): unknown {
  try {
    for (const message of messages) {
      const packet = decoder.write(message);
      if (packet) return packet;
    }
    return "no packet";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code;
  }
}

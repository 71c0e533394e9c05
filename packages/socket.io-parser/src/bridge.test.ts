import { createRequire } from "node:module";
import type { SocketPacket } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import { resolveParser } from "./index.ts";

const require = createRequire(import.meta.url);
const jsonParser = require("socket.io-json-parser");
const refusal = (message: string): Error => expect.objectContaining({ code: "SOCKET_PARSE", message });

const packets: readonly SocketPacket[] = [
  { type: "connect", namespace: "/" },
  { type: "connect", namespace: "/admin", data: { token: "123" } },
  { type: "disconnect", namespace: "/admin" },
  { type: "event", namespace: "/", data: ["e", 1, { a: [null] }] },
  { type: "event", namespace: "/admin", data: ["e"], id: 0 },
  { type: "ack", namespace: "/", data: [], id: 7 },
  { type: "connect_error", namespace: "/", data: { message: "no" } },
];

describe.each(["socket.io-parser", "socket.io-msgpack-parser", "socket.io-json-parser"])("%s", (name) => {
  const parser = resolveParser(require(name));

  test.each(packets)("takes $type to $namespace there and back", (packet) => {
    const decoder = parser.createDecoder();
    const found = parser.encode(packet).map((message) => decoder.write(message));
    expect(found).toEqual([packet]);
    expect(decoder.pending).toBe(false);
  });
});

test("socket.io-parser's attachments are waited for", () => {
  const parser = resolveParser(require("socket.io-parser"));
  const decoder = parser.createDecoder();
  const packet: SocketPacket = { type: "event", namespace: "/", data: ["e", Buffer.of(1), Buffer.of(2)] };
  const messages = parser.encode(packet);
  const states = messages.map((message) => [decoder.write(message), decoder.pending]);
  expect(states).toEqual([
    [undefined, true],
    [undefined, true],
    [packet, false],
  ]);
});

describe("a module seen from elsewhere", () => {
  const packet: SocketPacket = { type: "event", namespace: "/", data: ["e"] };
  const expected = ['{"type":2,"data":["e"],"nsp":"/"}'];

  test("is found behind its default export", () => {
    expect(resolveParser({ default: jsonParser }).encode(packet)).toEqual(expected);
  });

  test("may be a function that carries its classes", () => {
    expect(resolveParser(Object.assign(() => {}, jsonParser)).encode(packet)).toEqual(expected);
  });
});

describe("what a decoder makes of a message is checked", () => {
  const raw = (packet: unknown): string => JSON.stringify(packet);
  const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], []);
  /** A parser like many in applications: it checks nothing. */
  class Decoder {
    #listener: (packet: unknown) => void = () => {};
    on(_: string, listener: (packet: unknown) => void): void {
      this.#listener = listener;
    }
    add(message: string): void {
      for (const packet of JSON.parse(`[${message}]`)) this.#listener(packet);
    }
  }
  const trusting = resolveParser({ Encoder: class {}, Decoder });

  test.each<[string, unknown, string]>([
    ["no object", 5, "invalid packet"],
    ["an array", [], "invalid packet"],
    ["null", null, "invalid packet"],
    ["an unknown type", { type: 7, nsp: "/" }, "invalid packet"],
    ["a type that is text", { type: "2", nsp: "/", data: ["e"] }, "invalid packet"],
    ["no namespace", { type: 1 }, "invalid packet"],
    ["a namespace without its slash", { type: 1, nsp: "admin" }, "invalid packet"],
    ["a long namespace", { type: 1, nsp: `/${"n".repeat(255)}` }, "packet exceeds maxNamespaceLength"],
    ["a negative id", { type: 2, nsp: "/", data: ["e"], id: -1 }, "invalid packet"],
    ["an id that is null", { type: 2, nsp: "/", data: ["e"], id: null }, "invalid packet"],
    ["a reserved name", { type: 2, nsp: "/", data: ["disconnect"] }, "invalid packet"],
    ["data that looks like an array", { type: 2, nsp: "/", data: { 0: "e", length: 1 } }, "invalid packet"],
    ["many arguments", { type: 2, nsp: "/", data: Array(257).fill("e") }, "packet exceeds maxArguments"],
    ["deep data", { type: 2, nsp: "/", data: ["e", nested(300)] }, "packet exceeds maxDepth"],
  ])("%s", (_, packet, message) => {
    expect(() => trusting.createDecoder().write(raw(packet))).toThrow(refusal(message));
  });

  test("types of binary packets stand for the same packets", () => {
    expect(trusting.createDecoder().write(raw({ type: 5, nsp: "/", data: ["e"] }))).toMatchObject({ type: "event" });
    expect(trusting.createDecoder().write(raw({ type: 6, nsp: "/", data: [], id: 1 }))).toMatchObject({ type: "ack" });
  });

  test("several packets in one message are one too many", () => {
    const packet = raw({ type: 1, nsp: "/" });
    expect(() => trusting.createDecoder().write(`${packet},${packet}`)).toThrow(refusal("invalid packet"));
  });

  test("what a decoder throws is a refusal with a cause", () => {
    expect(() => trusting.createDecoder().write("{")).toThrow(
      expect.objectContaining({ code: "SOCKET_PARSE", cause: expect.any(SyntaxError) }),
    );
  });

  test("messages without a packet are counted", () => {
    const decoder = trusting.createDecoder({ maxAttachments: 2, maxPacketBytes: 100 });
    for (let index = 0; index < 3; index++) decoder.write("");
    expect(() => decoder.write("")).toThrow(refusal("packet exceeds maxAttachments"));
    expect(decoder.pending).toBe(false);
    expect(() => decoder.write(" ".repeat(101))).toThrow(refusal("packet exceeds maxPacketBytes"));
  });

  test("a decoder is told to forget", () => {
    let destroyed = 0;
    class Forgetful extends Decoder {
      destroy(): void {
        destroyed++;
      }
    }
    const decoder = resolveParser({ Encoder: class {}, Decoder: Forgetful }).createDecoder();
    decoder.write("");
    decoder.reset();
    expect([destroyed, decoder.pending]).toEqual([1, false]);
  });
});

describe("what an encoder returns is checked", () => {
  const encodeWith = (encode: () => unknown): unknown =>
    resolveParser({
      Encoder: class {
        encode = encode;
      },
      Decoder: jsonParser.Decoder,
    }).encode({ type: "disconnect", namespace: "/" });

  test("bytes of every kind become Uint8Arrays", () => {
    const bytes = Uint8Array.of(0, 1, 2);
    expect(encodeWith(() => ["text", bytes, bytes.buffer, new DataView(bytes.buffer, 1)])).toEqual([
      "text",
      bytes,
      bytes,
      Uint8Array.of(1, 2),
    ]);
  });

  test.each([[[5]], [[null]], [undefined]])("%j is refused", (value) => {
    expect(() => encodeWith(() => value)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  });

  test("what it throws is a refusal with a cause", () => {
    const cause = new Error("mine");
    expect(() =>
      encodeWith(() => {
        throw cause;
      }),
    ).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE", cause }));
  });
});

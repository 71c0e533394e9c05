import type { DecoderLimits } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import { createParser, parser } from "./index.ts";

const refusal = (message: string): Error => expect.objectContaining({ code: "SOCKET_PARSE", message });
const write = (text: string, limits?: DecoderLimits): unknown => parser.createDecoder(limits).write(text);
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const sparse = (depth: number): string => `{"a key of some length":`.repeat(depth) + "0" + "}".repeat(depth);
const placeholders = (count: number): string =>
  Array.from({ length: count }, (_, num) => `,{"_placeholder":true,"num":${num}}`).join("");

describe("reads what servers and clients send", () => {
  test.each([
    ['0{"sid":"a","pid":"b"}', { type: "connect", namespace: "/", data: { sid: "a", pid: "b" } }],
    ["0/admin?token=a,", { type: "connect", namespace: "/admin?token=a" }],
    [
      '4/admin,{"message":"no","data":1}',
      { type: "connect_error", namespace: "/admin", data: { message: "no", data: 1 } },
    ],
    ['4"no"', { type: "connect_error", namespace: "/", data: "no" }],
    ["1/admin,", { type: "disconnect", namespace: "/admin" }],
    ['2/admin,7["e",1]', { type: "event", namespace: "/admin", data: ["e", 1], id: 7 }],
    ["3/admin,7[1]", { type: "ack", namespace: "/admin", data: [1], id: 7 }],
  ])("%s", (text, packet) => {
    expect(write(text)).toEqual(packet);
  });

  test("packets of several namespaces in turn", () => {
    const decoder = parser.createDecoder();
    const texts = ['2/a,["e"]', '2/ab,["e"]', '2/a,["e"]', '2["e"]', '2/,["e"]', '2/ab,["e"]', "0/a", "0/ab"];
    const namespaces = texts.map((text) => decoder.write(text)?.namespace);
    expect(namespaces).toEqual(["/a", "/ab", "/a", "/", "/", "/ab", "/a", "/ab"]);
  });

  test("an own __proto__, which changes nothing", () => {
    const packet = write('2["e",{"__proto__":{"polluted":true}}]');
    expect(JSON.stringify(packet)).toContain('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("attachments", () => {
  test.each([
    ["Buffer", Buffer.of(1)],
    ["Uint8Array", Uint8Array.of(1)],
    ["ArrayBuffer", Uint8Array.of(1).buffer],
  ])("come out as the %s that came in", (_, bytes) => {
    const decoder = parser.createDecoder();
    decoder.write('51-["e",{"_placeholder":true,"num":0}]');
    expect(decoder.write(bytes as Uint8Array)).toMatchObject({
      data: ["e", expect.toSatisfy((value) => value === bytes)],
    });
  });

  test("take the place of each of their placeholders", () => {
    const decoder = parser.createDecoder();
    decoder.write(
      '62-/a,5[{"_placeholder":true,"num":1},{"x":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]',
    );
    expect(decoder.write(Buffer.of(0))).toBeUndefined();
    expect(decoder.write(Buffer.of(1))).toEqual({
      type: "ack",
      namespace: "/a",
      data: [Buffer.of(1), { x: [Buffer.of(0), Buffer.of(1)] }],
      id: 5,
    });
  });

  test("under the key __proto__ do not become a prototype", () => {
    const decoder = parser.createDecoder();
    decoder.write('51-["e",{"__proto__":{"_placeholder":true,"num":0}}]');
    const packet = decoder.write(Buffer.of(1));
    const [, data] = packet?.type === "event" ? packet.data : [];
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(Object.keys(Object(data))).toEqual(["__proto__"]);
  });

  test("placeholders in a packet without attachments are data", () => {
    expect(write('2["e",{"_placeholder":true,"num":0}]')).toMatchObject({
      data: ["e", { _placeholder: true, num: 0 }],
    });
  });
});

describe("limits", () => {
  const cases: [name: keyof DecoderLimits, within: string, past: string, limits?: DecoderLimits][] = [
    ["maxAttachments", `510-["e"${placeholders(10)}]`, `511-["e"${placeholders(11)}]`],
    ["maxAttachments", `512-["e"${placeholders(12)}]`, `513-["e"${placeholders(13)}]`, { maxAttachments: 12 }],
    ["maxDepth", `2["e",${nested(255)}]`, `2["e",${nested(256)}]`],
    ["maxDepth", `2["e",[],[],[],${nested(255)}]`, `2["e",[],[],[],${nested(256)}]`],
    ["maxDepth", `2["e",[${"[],".repeat(999)}${nested(254)}]]`, `2["e",[${"[],".repeat(999)}${nested(255)}]]`],
    ["maxDepth", `2["e","${"]".repeat(99)}",${nested(255)}]`, `2["e","\\"${"]".repeat(99)}",${nested(256)}]`],
    ["maxDepth", `2["e",${sparse(255)}]`, `2["e",${sparse(256)}]`],
    ["maxDepth", '2["e",[{}]]', '2["e",[[{}]]]', { maxDepth: 3 }],
    ["maxDepth", '0{"a":{"b":1}}', '0{"a":{"b":[]}}', { maxDepth: 2 }],
    ["maxArguments", `2["e"${",0".repeat(255)}]`, `2["e"${",0".repeat(256)}]`],
    ["maxArguments", `31[0${",0".repeat(255)}]`, `31[0${",0".repeat(256)}]`],
    ["maxNamespaceLength", `0/${"n".repeat(254)},`, `0/${"n".repeat(255)},`],
    ["maxNamespaceLength", `0/${"é".repeat(127)},`, `0/${"é".repeat(128)},`],
    ["maxNamespaceLength", `0/${"€".repeat(84)}?${"q".repeat(999)},`, `0/${"€".repeat(85)}?q,`],
    ["maxNamespaceLength", `0/${"\u{1f600}".repeat(63)},`, `0/${"\u{1f600}".repeat(64)},`],
    ["maxPacketBytes", `2["${"x".repeat(9_999_995)}"]`, `2["${"x".repeat(9_999_996)}"]`],
    ["maxPacketBytes", '2["ééé"]', '2["ééé "]', { maxPacketBytes: 11 }],
  ];

  test.each(cases.map(([name, within, past, limits]) => ({ name, within, past, limits })))(
    "$name, case $#",
    ({ name, within, past, limits }) => {
      expect(() => write(within, limits)).not.toThrow();
      expect(() => write(past, limits)).toThrow(refusal(`packet exceeds ${name}`));
    },
  );

  test("maxPacketBytes counts attachments, and text in bytes", () => {
    const decoder = parser.createDecoder({ maxPacketBytes: 60 });
    const text = `51-["é"${placeholders(1)}]`; // 38 bytes
    decoder.write(text);
    expect(decoder.write(Buffer.alloc(60 - Buffer.byteLength(text)))).toBeDefined();
    decoder.write(text);
    expect(() => decoder.write(Buffer.alloc(61 - Buffer.byteLength(text)))).toThrow(
      refusal("packet exceeds maxPacketBytes"),
    );
    expect(decoder.pending).toBe(false);
  });

  test("brackets in text are no depth", () => {
    expect(() => write(`2["e","${"[{".repeat(1_000)}"]`)).not.toThrow();
    expect(() => write(`2["e","\\"${"[{".repeat(1_000)}"]`)).not.toThrow();
  });

  test("brackets side by side are no depth", () => {
    expect(() => write(`2["e",[${"[],".repeat(1_000)}[]]]`)).not.toThrow();
  });

  test("a depth that would exhaust the stack is refused like any other", () => {
    expect(() => write(`2["e",${nested(1_000_000)}]`)).toThrow(refusal("packet exceeds maxDepth"));
  });

  test("a count of attachments beyond any memory is refused without a limit, too", () => {
    expect(() => write(`5${"9".repeat(15)}-["e"]`, { maxAttachments: Infinity })).toThrow(
      expect.objectContaining({ code: "SOCKET_PARSE" }),
    );
  });
});

describe("after a refusal the decoder waits for nothing", () => {
  test("missing attachment", () => {
    const decoder = parser.createDecoder();
    decoder.write(`51-["e"${placeholders(1)}]`);
    expect(decoder.pending).toBe(true);
    expect(() => decoder.write('2["e"]')).toThrow(refusal("invalid attachments"));
    expect(decoder.pending).toBe(false);
    expect(decoder.write('2["e"]')).toBeDefined();
  });

  test("an attachment that was not announced", () => {
    expect(() => parser.createDecoder().write(Buffer.of(1))).toThrow(refusal("invalid attachments"));
  });
});

describe("a reviver", () => {
  test("sees all data but bytes", () => {
    const reviver = (_: string, value: unknown): unknown => (typeof value === "number" ? value + 1 : value);
    const decoder = createParser({ reviver }).createDecoder();
    expect(decoder.write('2["e",1,{"a":[2]}]')).toMatchObject({ data: ["e", 2, { a: [3] }] });
  });

  test("that throws or returns what is no payload ends in a refusal", () => {
    const cause = new Error("mine");
    const thrower = createParser({
      reviver: () => {
        throw cause;
      },
    }).createDecoder();
    expect(() => thrower.write('2["e"]')).toThrow(expect.objectContaining({ code: "SOCKET_PARSE", cause }));
    const eraser = createParser({ reviver: () => undefined }).createDecoder();
    expect(() => eraser.write('2["e"]')).toThrow(refusal("invalid packet"));
  });

  test("that returns circles does not keep the decoder busy", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const decoder = createParser({ reviver: (key, value) => (key === "1" ? circle : value) }).createDecoder();
    expect(() => decoder.write('51-["e",0]')).toThrow(refusal("packet exceeds maxDepth"));
  });
});

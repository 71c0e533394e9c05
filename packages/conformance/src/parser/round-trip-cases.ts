import type { Parser, SocketPacket } from "@halyard/contracts";
import { check, checkEqual, checkRefused } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { everyByte, patternBytes, UNICODE_TEXT } from "../samples.ts";
import { decode } from "./decoding.ts";

/** Cases about packets that survive, and data that cannot. */
export function roundTripCases(parser: Parser): ConformanceCase[] {
  return [
    ...Object.entries(packets()).map(([name, packet]) => ({
      name: `survives: ${name}`,
      run: () => checkEqual(decode(parser, parser.encode(frozen(packet))), packet, "the decoded packet"),
    })),
    {
      name: "encodes a packet the same way each time, and leaves it as it was",
      run() {
        const packet: SocketPacket = { type: "event", namespace: "/", id: 1, data: ["a", { bytes: everyByte() }] };
        const before = structuredClone(packet);
        const first = parser.encode(packet);
        checkEqual(packet, before, "the packet after encoding");
        checkEqual(parser.encode(packet), first, "the second encoding");
      },
    },
    {
      name: "decodes packets one after another with one decoder",
      run() {
        const decoder = parser.createDecoder();
        for (const packet of Object.values(packets())) {
          const found = parser.encode(packet).map((message) => decoder.write(message));
          checkEqual(found.at(-1), packet, "the decoded packet");
        }
      },
    },
    {
      name: "keeps decoders apart",
      run() {
        const [first, second] = [parser.createDecoder(), parser.createDecoder()];
        const packet: SocketPacket = { type: "event", namespace: "/", data: ["a", everyByte()] };
        const messages = parser.encode(packet);
        const found = messages.map((message) => [first.write(message), second.write(message)]);
        checkEqual(found.at(-1), [packet, packet], "what both decoders found");
      },
    },
    {
      name: "a foreign prototype cannot be reached through data",
      run() {
        const data: unknown = JSON.parse(
          '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
        );
        decode(parser, parser.encode({ type: "event", namespace: "/", data: ["a", data] }));
        check(!("polluted" in {}), "decoding has changed Object.prototype");
      },
    },
    ...unencodable().map(([name, value]) => ({
      name: `refuses to encode ${name}`,
      run: () =>
        checkRefused(
          () => parser.encode({ type: "event", namespace: "/", data: ["a", value] }),
          "SOCKET_ENCODE",
          "encoding it",
        ),
    })),
  ];
}

function packets(): Record<string, SocketPacket> {
  return {
    ...connectionPackets(),
    ...eventPackets(),
    ...binaryPackets(),
  };
}

function connectionPackets(): Record<string, SocketPacket> {
  return {
    connect: { type: "connect", namespace: "/" },
    "connect with data": { type: "connect", namespace: "/", data: { token: "abc", nested: { list: [1, 2] } } },
    "connect to a namespace": { type: "connect", namespace: "/admin" },
    "connect to a namespace with data": { type: "connect", namespace: "/admin", data: { sid: "x" } },
    disconnect: { type: "disconnect", namespace: "/" },
    "disconnect from a namespace": { type: "disconnect", namespace: "/admin" },
    connect_error: { type: "connect_error", namespace: "/", data: { message: "no" } },
    "connect_error with data": {
      type: "connect_error",
      namespace: "/admin",
      data: { message: "no", data: { code: 7 } },
    },
  };
}

function eventPackets(): Record<string, SocketPacket> {
  const values = [
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e21,
    2 ** 40,
    "",
    "a,b",
    '"',
    "[]",
    "\n",
    [],
    {},
    [[[]]],
    { a: { b: [{}] } },
  ];
  return {
    event: { type: "event", namespace: "/", data: ["a"] },
    "event with a number as its name": { type: "event", namespace: "/", data: [7, "x"] },
    "event in a namespace": { type: "event", namespace: "/admin/área-1", data: ["a", 1] },
    "event with acknowledgement 0": { type: "event", namespace: "/", id: 0, data: ["a"] },
    "event with an acknowledgement in a namespace": { type: "event", namespace: "/admin", id: 12, data: ["a"] },
    "event with the largest acknowledgement": {
      type: "event",
      namespace: "/",
      id: Number.MAX_SAFE_INTEGER,
      data: ["a"],
    },
    "event with values of all kinds": { type: "event", namespace: "/", data: ["a", ...values] },
    "event with text of every script": { type: "event", namespace: "/", data: [UNICODE_TEXT, UNICODE_TEXT] },
    "event with a large text": { type: "event", namespace: "/", data: ["a", "é".repeat(100_000)] },
    "event with data that looks like a placeholder's neighbour": {
      type: "event",
      namespace: "/",
      data: ["a", { _placeholder: false, num: 0 }],
    },
    "event nested 100 deep": { type: "event", namespace: "/", data: ["a", nested(100)] },
    "acknowledgement without arguments": { type: "ack", namespace: "/", id: 0, data: [] },
    "acknowledgement with arguments": { type: "ack", namespace: "/", id: 13, data: [null, { ok: true }] },
    "acknowledgement in a namespace": { type: "ack", namespace: "/admin", id: 13, data: ["x"] },
  };
}

function binaryPackets(): Record<string, SocketPacket> {
  const shared = everyByte();
  return {
    "event with bytes": { type: "event", namespace: "/", data: ["a", everyByte()] },
    "event with no bytes": { type: "event", namespace: "/", data: ["a", new Uint8Array(0)] },
    "event with an ArrayBuffer": { type: "event", namespace: "/", data: ["a", Uint8Array.of(1, 2, 3).buffer] },
    "event with bytes deep inside": {
      type: "event",
      namespace: "/admin",
      id: 4,
      data: ["a", { list: [{ bytes: Uint8Array.of(1) }, "x", Uint8Array.of(2)] }, null],
    },
    "event with the same bytes twice": { type: "event", namespace: "/", data: ["a", shared, [shared]] },
    "event with many bytes": { type: "event", namespace: "/", data: ["a", patternBytes(70_000)] },
    "acknowledgement with bytes": { type: "ack", namespace: "/", id: 5, data: [everyByte()] },
  };
}

function unencodable(): [name: string, value: unknown][] {
  const circular: Record<string, unknown> = { a: 1 };
  circular["self"] = { circular };
  return [
    ["a circular reference", circular],
    ["a circular reference beside bytes", { bytes: everyByte(), circular }],
    ["a BigInt", 1n],
    ["data nested 300 deep", nested(300)],
    ["data nested 100,000 deep", nested(100_000)],
  ];
}

/** An array in an array and so on. */
export function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

/** A packet may be shared by many recipients: encoding must not write to it. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

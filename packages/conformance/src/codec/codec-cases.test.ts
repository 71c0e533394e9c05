import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import type { ConformanceCase } from "../conformance-case.ts";
import { codecCases } from "./codec-cases.ts";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;
const BASE64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;

/** Revision 4, in the fewest lines. */
const correct: EngineCodec = {
  protocol: 4,
  encodePacket(packet, supportsBinary) {
    if (packet.type === "message" && typeof packet.data !== "string")
      return supportsBinary === false
        ? `b${btoa(Array.from(packet.data, (byte) => String.fromCharCode(byte)).join(""))}`
        : packet.data;
    const data = "data" in packet && typeof packet.data === "string" ? packet.data : "";
    return `${TYPES.indexOf(packet.type)}${data}`;
  },
  decodePacket(frame) {
    if (typeof frame !== "string") return { type: "message", data: frame };
    const data = frame.slice(1);
    if (frame.startsWith("b")) return { type: "message", data: fromBase64(data) };
    const type = TYPES["0123456".indexOf(frame.charAt(0) || "none")];
    if (type === undefined) throw parseError();
    if (type === "close" || type === "upgrade" || type === "noop") {
      if (data !== "") throw parseError();
      return { type };
    }
    return { type, ...(data === "" && type.startsWith("p") ? {} : { data }) } as EnginePacket;
  },
  encodePayload: (packets) => packets.map((packet) => correct.encodePacket(packet, false)).join("\x1e"),
  decodePayload(body) {
    if (typeof body !== "string") throw parseError();
    return body.split("\x1e").map((frame) => correct.decodePacket(frame));
  },
};

function fromBase64(text: string): Uint8Array {
  if (!BASE64.test(text) || text.includes("_")) throw parseError();
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function parseError(): Error {
  return Object.assign(new Error("malformed"), { code: "ENGINE_PARSE" });
}

async function runCase(cases: readonly ConformanceCase[], wanted: string): Promise<void> {
  const found = cases.filter(({ name }) => name === wanted);
  expect(found).toHaveLength(1);
  await found[0]?.run();
}

describe("a codec that keeps the contract passes", () => {
  for (const { name, run } of codecCases({ codec: correct })) test(name, run);
});

describe("a broken codec fails", () => {
  const withPackets = (change: (packet: EnginePacket) => EnginePacket): Partial<EngineCodec> => ({
    decodePacket: (frame) => change(correct.decodePacket(frame)),
  });
  const lenient = (accepted: (frame: EngineMessage) => boolean): Partial<EngineCodec> => ({
    decodePacket: (frame) => (accepted(frame) ? { type: "noop" } : correct.decodePacket(frame)),
  });
  const defects: Record<string, [finder: string, part: Partial<EngineCodec>]> = {
    "loses the probe": [
      'frame: {"type":"ping","data":"probe"} survives',
      withPackets((packet) => (packet.type === "ping" ? { type: "ping" } : packet)),
    ],
    "delivers the buffer behind a view": [
      "wire: binary",
      {
        encodePacket: (packet) =>
          packet.type === "message" && typeof packet.data !== "string"
            ? new Uint8Array(packet.data.buffer, 0, 1)
            : correct.encodePacket(packet),
      },
    ],
    "sends bytes where only text can go": [
      "frame: a binary message becomes text where binary is not supported",
      { encodePacket: (packet) => correct.encodePacket(packet, true) },
    ],
    "reverses payloads": [
      "payload: many packets stay in order",
      { decodePayload: (body) => correct.decodePayload(body).toReversed() },
    ],
    "separates packets by another character": [
      "wire: packets are joined by U+001E",
      {
        encodePayload: (packets) => String(correct.encodePayload(packets)).replaceAll("\x1e", "\x1f"),
        decodePayload: (body) =>
          correct.decodePayload(typeof body === "string" ? body.replaceAll("\x1f", "\x1e") : body),
      },
    ],
    "takes an empty frame for a noop": ["refuses a frame: nothing", lenient((frame) => frame === "")],
    "takes unknown types for noops": ["refuses a frame: unknown type", lenient((frame) => frame === "7")],
    "takes base64 without padding": [
      "refuses a frame: base64 without its padding",
      lenient((frame) => frame === "bAQI"),
    ],
    "takes a binary body": [
      "refuses a payload: bytes",
      { decodePayload: (body) => (typeof body === "string" ? correct.decodePayload(body) : []) },
    ],
    "skips empty packets": [
      "refuses a payload: two separators",
      {
        decodePayload: (body) =>
          correct.decodePayload(typeof body === "string" ? body.replace("\x1e\x1e", "\x1e") : body),
      },
    ],
    "throws errors without a code": [
      "refuses a frame: a letter",
      {
        decodePacket(frame) {
          if (frame === "x") throw new TypeError("x");
          return correct.decodePacket(frame);
        },
      },
    ],
    "fails on some input with another error": [
      "mutated input gives packets or an error with its code, never another exception",
      {
        decodePacket(frame) {
          if (typeof frame === "string" && frame.includes("\\")) throw new TypeError("a backslash");
          return correct.decodePacket(frame);
        },
      },
    ],
    "claims another revision": ["wire: binary", { protocol: 3 }],
  };
  test.each(Object.entries(defects))("one that %s", async (_, [finder, part]) => {
    await expect(runCase(codecCases({ codec: { ...correct, ...part } }), finder)).rejects.toThrow();
  });
});

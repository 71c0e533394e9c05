import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import v3 from "../fixtures/v3.json" with { type: "json" };
import v4 from "../fixtures/v4.json" with { type: "json" };
import webtransport from "../fixtures/webtransport.json" with { type: "json" };
import { codec as browserCodec } from "./browser.ts";
import { codec, encodeFrameHeader, FrameDecoder } from "./index.ts";
import { codecV3 } from "./v3.ts";

type Plain = string | { readonly base64: string };

const message = (plain: Plain): EngineMessage =>
  typeof plain === "string" ? plain : Uint8Array.from(Buffer.from(plain.base64, "base64"));

function packet({ type, data }: { readonly type: string; readonly data?: Plain }): EnginePacket {
  return { type, ...(data === undefined ? {} : { data: message(data) }) } as EnginePacket;
}

/** Buffers are no plain Uint8Arrays to the test framework. */
function plain<Value>(value: Value): Value {
  if (value instanceof Uint8Array) return Uint8Array.from(value) as Value;
  if (Array.isArray(value)) return value.map(plain) as Value;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)])) as Value;
  return value;
}

describe.each<[string, EngineCodec, typeof v3.frames | typeof v4.frames]>([
  [v4.source, codec, v4.frames],
  [`${v4.source}, in browsers`, browserCodec, v4.frames],
  [v3.source, codecV3, v3.frames],
])("frames of %s", (_, implementation, frames) => {
  test.each(frames.map((entry) => [JSON.stringify(entry.packet).slice(0, 60), entry]))("%s", (_name, entry) => {
    expect(plain(implementation.encodePacket(packet(entry.packet)))).toEqual(message(entry.frame));
    expect(implementation.encodePacket(packet(entry.packet), false)).toEqual(entry.text);
    expect(plain(implementation.decodePacket(message(entry.frame)))).toEqual(packet(entry.packet));
    expect(plain(implementation.decodePacket(entry.text))).toEqual(packet(entry.packet));
  });
});

describe.each<[string, EngineCodec]>([
  [v4.source, codec],
  [`${v4.source}, in browsers`, browserCodec],
])("payloads of %s", (_, implementation) => {
  test.each(v4.payloads.map((entry) => [entry.body.slice(0, 60), entry]))("%j", (_name, entry) => {
    const packets = entry.packets.map(packet);
    expect(implementation.encodePayload(packets)).toBe(entry.body);
    expect(plain(implementation.decodePayload(entry.body))).toEqual(packets);
  });
});

describe(`payloads of ${v3.source}`, () => {
  test.each(v3.payloads.map((entry) => [entry.text.slice(0, 60), entry]))("%j", (_name, entry) => {
    const packets = entry.packets.map(packet);
    expect(plain(codecV3.encodePayload(packets))).toEqual(message(entry.body));
    expect(codecV3.encodePayload(packets, false)).toBe(entry.text);
    expect(plain(codecV3.decodePayload(message(entry.body)))).toEqual(packets);
    expect(plain(codecV3.decodePayload(entry.text))).toEqual(packets);
  });
});

describe(`WebTransport frames of ${webtransport.source}`, () => {
  test.each(webtransport.frames.map((entry) => [`${entry.kind} of ${entry.payloadBytes} bytes`, entry]))(
    "%s",
    (_name, entry) => {
      const header = encodeFrameHeader(entry.kind === "binary", entry.payloadBytes);
      expect(header).toEqual(message(entry.header));
      const decoder = new FrameDecoder(1_000_000);
      decoder.push(header);
      expect(decoder.next()).toEqual(entry.payloadBytes === 0 ? new Uint8Array(0) : undefined);
      if (entry.payload === undefined || entry.payloadBytes === 0) return;
      decoder.push(message(entry.payload) as Uint8Array);
      expect(plain(codec.decodePacket(decoder.next() ?? ""))).toEqual(packet(entry.packet));
    },
  );
});

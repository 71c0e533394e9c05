import type { EngineCodec, EnginePacket } from "@halyard/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codec as browserCodec } from "./browser.ts";
import { codec } from "./index.ts";
import { codecV3 } from "./v3.ts";

const text = fc.string({ unit: "binary", maxLength: 60 });
const payloadText = text.map((data) => data.replaceAll("\x1e", ""));

function anyPacket(data: fc.Arbitrary<string>): fc.Arbitrary<EnginePacket> {
  return fc.oneof<fc.Arbitrary<EnginePacket>[]>(
    fc.record({ type: fc.constant("message"), data }),
    fc.record({ type: fc.constant("message"), data: fc.uint8Array({ maxLength: 60 }) }),
    fc.record({ type: fc.constant("open"), data }),
    fc.record({ type: fc.constantFrom("ping", "pong"), data: data.filter((each) => each !== "") }),
    fc.record({ type: fc.constantFrom("ping", "pong", "close", "upgrade", "noop") }),
  );
}

/** Decoded bytes may be a Buffer, which is no plain Uint8Array to the test framework. */
function plain(packet: EnginePacket): EnginePacket {
  return packet.type === "message" && typeof packet.data !== "string"
    ? { type: "message", data: Uint8Array.from(packet.data) }
    : packet;
}

describe.each<[string, EngineCodec]>([
  ["revision 4 on Node.js", codec],
  ["revision 4 in browsers", browserCodec],
  ["revision 3", codecV3],
])("%s", (_, implementation) => {
  test("any packet survives a frame", () => {
    fc.assert(
      fc.property(anyPacket(text), fc.boolean(), (packet, supportsBinary) => {
        expect(plain(implementation.decodePacket(implementation.encodePacket(packet, supportsBinary)))).toEqual(packet);
      }),
    );
  });

  test("any packets survive a payload", () => {
    fc.assert(
      fc.property(fc.array(anyPacket(payloadText), { minLength: 1, maxLength: 6 }), fc.boolean(), (packets, binary) => {
        const body = implementation.encodePayload(packets, binary);
        expect(implementation.decodePayload(body).map(plain)).toEqual(packets);
      }),
    );
  });

  test("any input gives packets or an error with its code", () => {
    const decode = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        expect(error).toMatchObject({ code: "ENGINE_PARSE" });
      }
    };
    const near = fc.string({ unit: fc.constantFrom(...Array.from("0123456789b:=AZ+\u0141\x1e")), maxLength: 30 });
    const input = fc.oneof(text, near, fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ max: 9, maxLength: 60 }));
    fc.assert(
      fc.property(input, (wire) => {
        decode(() => implementation.decodePacket(wire));
        decode(() => implementation.decodePayload(wire));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("bytes", () => {
  test("of a message are not copied into a frame of revision 4, nor out of it", () => {
    const data = Uint8Array.of(1, 2, 3);
    expect(codec.encodePacket({ type: "message", data })).toBe(data);
    expect(codec.decodePacket(data)).toEqual({ type: "message", data });
    expect(codec.decodePacket(data)).toHaveProperty("data", data);
  });

  test("that are no UTF-8 do not become text in a payload of revision 3, and lone surrogates become U+FFFD", () => {
    const packets: EnginePacket[] = [
      { type: "message", data: "\ud800" },
      { type: "message", data: Uint8Array.of(1) },
    ];
    expect(codecV3.decodePayload(codecV3.encodePayload(packets))[0]).toEqual({ type: "message", data: "\ufffd" });
  });
});

describe("time", () => {
  test.each<[string, EngineCodec, string | Uint8Array]>([
    ["many empty packets", codec, "4\x1e".repeat(300_000)],
    ["a length without an end", codecV3, "1".repeat(1_000_000)],
    ["many packets of revision 3", codecV3, "1:4".repeat(300_000)],
    ["bytes without an end of the length", codecV3, new Uint8Array(1_000_000)],
    ["base64 that fails at its end", codec, `b${"A".repeat(1_000_000)}*`],
    ["base64 in browsers that fails at its end", browserCodec, `b${"=".repeat(1_000_000)}`],
  ])("is linear for %s", (_, implementation, body) => {
    const started = performance.now();
    try {
      implementation.decodePayload(body);
    } catch (error) {
      expect(error).toMatchObject({ code: "ENGINE_PARSE" });
    }
    // what grows with the square of the length takes minutes
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

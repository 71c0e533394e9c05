import type { EngineMessage } from "@halyard/contracts";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder } from "./frame-decoder.ts";
import { encodeFrameHeader } from "./frame-header.ts";

const TEXT = new TextEncoder();

function encode(frame: EngineMessage): Uint8Array {
  const payload = typeof frame === "string" ? TEXT.encode(frame) : frame;
  return Uint8Array.of(...encodeFrameHeader(typeof frame !== "string", payload.length), ...payload);
}

function drain(decoder: FrameDecoder): EngineMessage[] {
  const frames: EngineMessage[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  return frames;
}

/** Cuts bytes where the numbers say, for as long as there are any. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (let index = 0; start < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(start, start + size));
    start += size;
  }
  return chunks;
}

describe("FrameDecoder", () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536])("takes %i bytes, in one chunk and byte by byte", (length) => {
    const payload = Uint8Array.from({ length }, (_, index) => index % 251);
    const bytes = Uint8Array.of(...encodeFrameHeader(true, length), ...payload);
    for (const size of [bytes.length, 1, 7]) {
      const decoder = new FrameDecoder(100_000);
      const found = cut(bytes, [size]).flatMap((chunk) => {
        decoder.push(chunk);
        return drain(decoder);
      });
      expect(found).toHaveLength(1);
      expect(Buffer.compare(payload, found[0] as Uint8Array)).toBe(0);
    }
  });

  test("finds any frames in any chunks", () => {
    const frame = fc.oneof(fc.string({ unit: "binary", maxLength: 150 }), fc.uint8Array({ maxLength: 150 }));
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (frames, sizes, drainAtOnce) => {
          const bytes = Uint8Array.from(frames.flatMap((each) => [...encode(each)]));
          const decoder = new FrameDecoder(10_000);
          const found = cut(bytes, sizes).flatMap((chunk) => {
            decoder.push(chunk);
            return drainAtOnce ? drain(decoder) : [];
          });
          expect([...found, ...drain(decoder)]).toEqual(frames);
        },
      ),
    );
  });

  test.each([
    ["1 byte", encodeFrameHeader(true, 101), 100],
    ["3 bytes", encodeFrameHeader(false, 60_000), 59_999],
    ["9 bytes", encodeFrameHeader(true, 1_000_001), 1_000_000],
    ["9 bytes beyond 2^53", Uint8Array.of(127, 255, 255, 255, 255, 255, 255, 255, 255), Number.MAX_SAFE_INTEGER],
  ])("refuses a length above the limit as soon as the header of %s is there", (_, header, limit) => {
    const decoder = new FrameDecoder(limit);
    decoder.push(header);
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: "ENGINE_PARSE" }));
  });

  test("takes a length of exactly the limit", () => {
    const decoder = new FrameDecoder(3);
    decoder.push(encode("abc"));
    expect(drain(decoder)).toEqual(["abc"]);
  });

  test("hands over what came before a violation, and stays broken after it", () => {
    const decoder = new FrameDecoder(10);
    decoder.push(Uint8Array.of(...encode("good"), ...encode("much too long"), ...encode("good")));
    expect(decoder.next()).toBe("good");
    expect(() => decoder.next()).toThrow("limit of 10 bytes");
    decoder.push(encode("good"));
    expect(() => decoder.next()).toThrow("limit of 10 bytes");
  });

  test("refuses text that is not UTF-8, and keeps a byte order mark for the codec to refuse", () => {
    const decoder = new FrameDecoder(10);
    decoder.push(Uint8Array.of(3, 0xef, 0xbb, 0xbf, 1, 0xff));
    expect(decoder.next()).toBe("\ufeff");
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: "ENGINE_PARSE" }));
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: "ENGINE_PARSE" }));
  });

  test("memory grows with what has arrived, not with what is announced", () => {
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder(100_000_000));
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) {
      decoder.push(encodeFrameHeader(true, 100_000_000));
      decoder.push(new Uint8Array(1_000));
      expect(decoder.next()).toBeUndefined();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test("any bytes give frames or an error with its code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoder = new FrameDecoder(100);
        decoder.push(bytes);
        try {
          drain(decoder);
        } catch (error) {
          expect(error).toMatchObject({ code: "ENGINE_PARSE" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

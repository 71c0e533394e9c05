import type { EngineMessage } from "@halyard/contracts";

type Named = readonly [name: string, input: EngineMessage];

/** Input outside the grammar of one protocol revision. */
export function malformedInput(protocol: 3 | 4): { frames: readonly Named[]; bodies: readonly Named[] } {
  return protocol === 4
    ? { frames: [...FRAMES, ...FRAMES_4], bodies: BODIES_4 }
    : { frames: [...FRAMES, ...FRAMES_3], bodies: BODIES_3 };
}

const FRAMES: readonly Named[] = [
  ["nothing", ""],
  ["unknown type", "7"],
  ["the character before 0", "/"],
  ["a letter", "x"],
  ["a byte order mark", "\ufeff4a"],
  ["a space", " 4a"],
  ["a digit of another script", "\u0664a"],
  ["text behind close", "1x"],
  ["text behind upgrade", "5x"],
  ["text behind noop", "6x"],
];

const FRAMES_4: readonly Named[] = [
  ["base64 with a foreign character", "bAA*A"],
  ["base64 of another alphabet", "bAA-_"],
  ["base64 with white space", "bAA A"],
  ["base64 without its padding", "bAQI"],
  ["base64 with padding inside", "bA=AA"],
  ["base64 with too much padding", "bA==="],
  ["base64 with a wide character", "bAAA\u0141"],
];

const FRAMES_3: readonly Named[] = [
  ["base64 with a foreign character", "b4AA*A"],
  ["base64 without its padding", "b4AQI"],
  ["base64 that is no message", "b2AAAA"],
  ["base64 without a type", "b"],
  ["no bytes", new Uint8Array(0)],
  ["bytes that are no message", Uint8Array.of(2, 1)],
  ["bytes of an unknown type", Uint8Array.of(7, 1)],
];

const BODIES_4: readonly Named[] = [
  ["nothing", ""],
  ["a separator at the start", "\x1e4a"],
  ["a separator at the end", "4a\x1e"],
  ["two separators", "4a\x1e\x1e4b"],
  ["an unknown packet behind a good one", "4a\x1e9"],
  ["malformed base64 behind a good packet", "4a\x1ebA"],
  ["bytes", Uint8Array.of(0x34, 0x61)],
];

const BODIES_3: readonly Named[] = [
  ["nothing", ""],
  ["no bytes", new Uint8Array(0)],
  ["no length", ":4a"],
  ["no colon", "2"],
  ["a negative length", "-2:4a"],
  ["a fractional length", "2.0:4a"],
  ["a length in another notation", "2e0:4a"],
  ["a length with white space", " 2:4a"],
  ["a length past the end", "3:4a"],
  ["an endless length", "1".repeat(1_000)],
  ["a packet of no length among others", "2:4a0:"],
  ["rest behind the last packet", "2:4ab"],
  ["unknown packet", "1:9"],
  ["an unknown kind", Uint8Array.of(2, 2, 255, 4, 0x61)],
  ["bytes without a length", Uint8Array.of(0, 255, 0x34)],
  ["bytes whose length is no digit", Uint8Array.of(0, 10, 255, ...new Uint8Array(10).fill(0x34))],
  ["bytes whose length never ends", new Uint8Array(1_000)],
  ["bytes shorter than they say", Uint8Array.of(0, 3, 255, 0x34, 0x61)],
  ["bytes that end in the length", Uint8Array.of(0, 3)],
  ["text that is not UTF-8", Uint8Array.of(0, 2, 255, 0x34, 0xff)],
  ["an unknown packet in bytes", Uint8Array.of(1, 1, 255, 9)],
];

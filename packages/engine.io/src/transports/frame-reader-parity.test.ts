import { describe, expect, test } from "vitest";
import { clientFrame } from "./client-frame.fixture.ts";
import { HOSTILE_INPUT, LIMIT_BYTES } from "./hostile-input.fixture.ts";
import { play, PlayedHost, type Outcome } from "./played-connection.fixture.ts";

const HELLO = clientFrame("4hello");
const THANKS = clientFrame("4thanks");
const host = new PlayedHost({ maxHttpBufferSize: LIMIT_BYTES });

/** Plays the chunks with our reader and with the library alone, and returns what both come to. */
async function playBoth(chunks: readonly Buffer[], early = 0, playedHost = host): Promise<Outcome> {
  const ours = await play({ host: playedHost, chunks, early });
  expect(ours).toEqual(await play({ host: playedHost, chunks, early, isLibraryAlone: true }));
  return ours;
}

describe("the outcome is that of the library alone", () => {
  test.each(HOSTILE_INPUT)("%s", async (_name, frames) => {
    const input = [HELLO, ...frames, HELLO, THANKS];
    const whole = Buffer.concat(input);
    const { events } = await playBoth(input);
    expect(events[0]).toBe("text hello");
    expect((await playBoth([whole])).events).toEqual(events);
    expect((await playBoth([whole], 1)).events).toEqual(events);
    expect((await playBoth(input, 1)).events).toEqual(events);
  });

  const SHORT = HOSTILE_INPUT.filter(([name, frames]) => !name.startsWith("opcode") && byteLength(frames) < 100);

  test.each(SHORT)("%s, cut anywhere", async (_name, frames) => {
    const whole = Buffer.concat([HELLO, ...frames, THANKS]);
    const { events } = await playBoth(Array.from(whole, (byte) => Buffer.of(byte)));
    for (let at = 1; at < whole.length; at++) {
      const chunks = [whole.subarray(0, at), whole.subarray(at)];
      expect((await play({ host, chunks })).events).toEqual(events);
    }
  });

  test("of large messages, in chunks as they come from a network", async () => {
    const large = new PlayedHost();
    const sizes = [1_000, 16_377, 65_535, 65_536, 65_537, 200_000];
    const texts = sizes.map((size) => clientFrame(`4${"é".repeat(size / 2)}`));
    const binaries = sizes.map((size) => clientFrame(Buffer.alloc(size, size), { opcode: 2 }));
    const whole = Buffer.concat([HELLO, ...texts, HELLO, ...binaries, THANKS]);
    const { events } = await playBoth([whole], 0, large);
    expect(events).toHaveLength(3 + 2 * sizes.length + 1);
    for (const size of [65_536, 16_384, 1_460])
      expect(
        (
          await playBoth(
            cut(whole, () => size),
            0,
            large,
          )
        ).events,
      ).toEqual(events);
  });

  test("of more than may be processed in a turn", async () => {
    const hurried = new PlayedHost({ maxPacketsPerTurn: 3 });
    const ping = clientFrame("p", { opcode: 9 });
    const messages = Array.from({ length: 40 }, (_, index) => clientFrame(`4${index}é`.slice(0, 2 + (index % 4))));
    const input = [...messages, ping, ping, ping, ping, ping, ...messages, clientFrame("4pause"), ...messages];
    for (const size of [10_000, 100, 7])
      expect(
        (
          await playBoth(
            cut(Buffer.concat(input), () => size),
            0,
            hurried,
          )
        ).events,
      ).toHaveLength(122);
  });

  test.each(Array.from({ length: 20 }, (_, index) => index))("of anything, seed %i", async (seed) => {
    const random = randomFrom(seed);
    for (let run = 0; run < 50; run++) {
      const bytes = mutated(Buffer.concat(Array.from({ length: 1 + random(8) }, () => anyFrame(random))), random);
      const chunks = cut(bytes, () => 1 + random(random(2) === 0 ? 8 : 60));
      await playBoth([...chunks, THANKS], random(3));
    }
  });
});

type Random = (below: number) => number;

/** A small random generator, so that a failing run can be repeated. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One of the frames that are known to be trouble, or one made of ordinary parts and some that are not. */
function anyFrame(random: Random): Buffer {
  if (random(6) === 0) {
    const [, frames] = HOSTILE_INPUT[random(HOSTILE_INPUT.length)] ?? ["", []];
    return Buffer.concat(frames);
  }
  const mask = random(4) === 0 ? [0, 0, 0, 0] : [random(256), random(256), random(256), random(256)];
  const text = `4${"é".repeat(random(3))}${"x".repeat(random(5) === 0 ? random(300) : random(20))}`;
  const opcode = [1, 1, 1, 1, 2, 0, 9, 10][random(8)] ?? 1;
  return clientFrame(text.slice(0, opcode > 8 ? 60 : undefined), { opcode, mask, fin: random(10) > 0 });
}

/** With a byte changed here and there, in half of the cases. */
function mutated(bytes: Buffer, random: Random): Buffer {
  for (let left = random(2) === 0 ? 0 : 1 + random(3); left > 0; left--) bytes[random(bytes.length)] = random(256);
  return bytes;
}

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + size();
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

function byteLength(frames: readonly Buffer[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

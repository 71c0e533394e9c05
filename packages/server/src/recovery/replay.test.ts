import type { LoggedPacket } from "@halyard/contracts";
import { expect, test } from "vitest";
import { Replay } from "./replay.ts";

function packet(position: number, to = "me", text = "2"): LoggedPacket {
  return { position, to, messages: [text] };
}

function positions(replay: Replay): number[] {
  return replay.packets.map(({ position }) => position);
}

const target = { wasMeantFor: ({ to }: LoggedPacket): boolean => to === "me" };

test("joins what the log has kept and what is sent since, each packet once, however the two overlap", () => {
  for (const upTo of [0, 2, 3, 4]) {
    const replay = new Replay(target, 1_000);
    replay.add(packet(3));
    replay.add(packet(4, "other"));
    replay.add(packet(5));
    replay.precede([1, 2, 3, 4].slice(0, upTo).map((position) => packet(position)));
    replay.add(packet(6));
    expect(positions(replay)).toEqual([...[1, 2, 3, 4].slice(0, upTo), ...(upTo < 3 ? [3] : []), 5, 6]);
  }
});

test("leaves out what was for others", () => {
  const replay = new Replay(target, 1_000);
  replay.precede([packet(1), packet(2, "other"), packet(3)]);
  expect(positions(replay)).toEqual([1, 3]);
});

test("keeps nothing once it is too large, wherever that comes from", () => {
  const large = packet(2, "me", "x".repeat(1_000));
  for (const fill of [
    (replay: Replay) => replay.precede([packet(1), large]),
    (replay: Replay) => [packet(1), large].forEach((each) => replay.add(each)),
  ]) {
    const replay = new Replay(target, 1_000);
    fill(replay);
    expect(replay.isTooLarge).toBe(true);
    replay.add(packet(3));
    expect(replay.packets).toEqual([]);
  }
  const other = new Replay(target, 1_000);
  other.add(packet(1, "other", "x".repeat(5_000)));
  expect(other.isTooLarge).toBe(false);
});

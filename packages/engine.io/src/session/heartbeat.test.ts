import { DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { Heartbeat, type HeartbeatPeer } from "./heartbeat.ts";

const INTERVAL_MS = 25_000;
const TIMEOUT_MS = 20_000;

class Rig implements HeartbeatPeer {
  receivedBytes = 0;
  readonly clock = new FakeClock();
  readonly heartbeat: Heartbeat;
  pings = 0;
  silences = 0;
  /** What happens when pending input is read. */
  pendingInput: () => void = () => {};

  constructor(protocol: 3 | 4) {
    const { clock } = this;
    this.heartbeat = new Heartbeat(this, protocol, {
      clock,
      pings: new DeadlineQueue(clock, INTERVAL_MS),
      pongs: new DeadlineQueue(clock, TIMEOUT_MS),
      silences: new DeadlineQueue(clock, INTERVAL_MS + TIMEOUT_MS),
      afterInput: (callback) => {
        this.pendingInput();
        callback();
      },
    });
    this.heartbeat.start();
  }

  sendPing(): void {
    this.pings++;
  }

  onSilence(): void {
    this.silences++;
  }
}

test("the server pings at the interval as long as it is answered", () => {
  const rig = new Rig(4);
  for (let count = 1; count <= 5; count++) {
    rig.clock.advance(INTERVAL_MS - 1);
    expect(rig.pings).toBe(count - 1);
    rig.clock.advance(1);
    expect(rig.pings).toBe(count);
    rig.clock.advance(TIMEOUT_MS - 1);
    rig.heartbeat.onPong();
  }
  expect(rig.silences).toBe(0);
});

test("a ping that is not answered in time ends it", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
  expect(rig.silences).toBe(0);
  rig.clock.advance(1);
  expect(rig.silences).toBe(1);
  rig.clock.advance(10 * INTERVAL_MS);
  expect([rig.silences, rig.pings, rig.clock.pendingCount]).toEqual([1, 1, 0]);
});

test("a pong nobody waits for changes nothing", () => {
  const rig = new Rig(4);
  for (let count = 0; count < 24; count++) {
    rig.clock.advance(1_000);
    rig.heartbeat.onPong();
  }
  rig.clock.advance(1_000);
  expect(rig.pings).toBe(1);
});

test.each([
  [4, INTERVAL_MS],
  [3, INTERVAL_MS],
] as const)("in revision %i a long message that goes on arriving is waited for, and no longer", (protocol, startMs) => {
  const rig = new Rig(protocol);
  rig.clock.advance(startMs);
  const waitMs = protocol === 4 ? TIMEOUT_MS : INTERVAL_MS + TIMEOUT_MS;
  for (let round = 0; round < 5; round++) {
    rig.receivedBytes += 1_000;
    rig.clock.advance(waitMs);
  }
  expect(rig.silences).toBe(0);
  rig.clock.advance(waitMs);
  expect(rig.silences).toBe(1);
});

test("packets that come while a pong is awaited do not take the place of that pong", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS);
  for (let waited = 0; waited < 2 * TIMEOUT_MS; waited += 1_000) {
    rig.receivedBytes += 100;
    rig.heartbeat.onActivity();
    rig.clock.advance(1_000);
  }
  expect(rig.silences).toBe(1);
});

test("traffic does not put a ping off", () => {
  const rig = new Rig(4);
  for (let count = 0; count < 25; count++) {
    rig.clock.advance(1_000);
    rig.heartbeat.onActivity();
  }
  expect(rig.pings).toBe(1);
});

test("a packet during the wait for a pong extends it once", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
  rig.heartbeat.onActivity();
  rig.clock.advance(TIMEOUT_MS - 1);
  rig.heartbeat.onActivity();
  expect(rig.silences).toBe(0);
  rig.clock.advance(1);
  expect(rig.silences).toBe(1);
});

test("the extension is there again for the next ping", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS);
  rig.heartbeat.onActivity();
  rig.heartbeat.onPong();
  rig.clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
  rig.heartbeat.onActivity();
  rig.clock.advance(TIMEOUT_MS - 1);
  expect(rig.silences).toBe(0);
  rig.clock.advance(1);
  expect(rig.silences).toBe(1);
});

test("an answer that waits to be read after a stall is read first", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS);
  rig.pendingInput = () => rig.heartbeat.onPong();
  rig.clock.stall(60_000);
  rig.clock.advance(0);
  rig.clock.advance(70_000);
  expect(rig.silences).toBe(0);
  expect(rig.pings).toBe(2);
});

test("a late deadline extends the wait by as much as it was late", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS);
  rig.clock.stall(TIMEOUT_MS + 7_000);
  rig.clock.advance(0);
  rig.clock.advance(6_999);
  expect(rig.silences).toBe(0);
  rig.clock.advance(1);
  expect(rig.silences).toBe(1);
});

test("a pong during the extension after a stall is in time", () => {
  const rig = new Rig(4);
  rig.clock.advance(INTERVAL_MS);
  rig.clock.stall(TIMEOUT_MS + 7_000);
  rig.clock.advance(0);
  rig.clock.advance(3_000);
  rig.heartbeat.onPong();
  rig.clock.advance(INTERVAL_MS - 1);
  expect([rig.silences, rig.pings]).toEqual([0, 1]);
  rig.clock.advance(1);
  expect(rig.pings).toBe(2);
});

test("in revision 3 the client pings, and is given up on after interval and timeout", () => {
  const rig = new Rig(3);
  for (let count = 0; count < 5; count++) {
    rig.clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
    rig.heartbeat.onActivity(); // which is no ping
    rig.heartbeat.onPing();
  }
  expect(rig.silences).toBe(0);
  rig.clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
  expect(rig.silences).toBe(0);
  rig.clock.advance(1);
  expect([rig.silences, rig.pings]).toEqual([1, 0]);
});

test.each([0, INTERVAL_MS, INTERVAL_MS + TIMEOUT_MS - 1])("stop after %i ms leaves no timer", (afterMs) => {
  for (const protocol of [3, 4] as const) {
    const rig = new Rig(protocol);
    rig.clock.advance(afterMs);
    rig.heartbeat.stop();
    expect(rig.clock.pendingCount).toBe(0);
    rig.heartbeat.onPong();
    rig.heartbeat.onPing();
    rig.heartbeat.onActivity();
    rig.clock.advance(10 * INTERVAL_MS);
    expect([rig.silences, rig.clock.pendingCount]).toEqual([0, 0]);
  }
});

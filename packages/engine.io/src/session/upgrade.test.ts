import { DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import type { ServerTransport } from "../transports/server-transport.ts";
import { FakeStream } from "./fake-transport.fixture.ts";
import { Upgrade, type UpgradeOwner } from "./upgrade.ts";

const TIMEOUT_MS = 10_000;

class Rig implements UpgradeOwner {
  readonly clock = new FakeClock();
  readonly next = new FakeStream();
  readonly events: string[] = [];
  readonly from = {
    name: "polling",
    writable: false,
    releases: 0,
    release: () => {
      if (!this.from.writable) return;
      this.from.writable = false;
      this.from.releases++;
    },
    whenIdle: (onIdle: () => void) => {
      if (this.from.isBusy) this.from.onIdle = onIdle;
      else onIdle();
    },
    isBusy: false,
    onIdle: () => {},
  };
  readonly upgrade: Upgrade;

  constructor() {
    const deadlines = new DeadlineQueue(this.clock, TIMEOUT_MS);
    this.upgrade = new Upgrade(this, this.from, this.next, { clock: this.clock, deadlines });
  }

  onUpgrading(next: ServerTransport): void {
    this.events.push(`upgrading to ${next.name}`);
  }

  onUpgraded(next: ServerTransport): void {
    this.events.push("upgraded");
    next.bind({ onMessage: (data) => this.events.push(`message ${String(data)}`), ...ignored });
  }

  onUpgradeFailed(reason: string): void {
    this.events.push(`failed: ${reason}`);
  }

  probe(): void {
    this.next.handler?.onPacket({ type: "ping", data: "probe" });
    this.next.handler?.onFlushed?.(false);
  }

  poll(): void {
    this.from.writable = true;
    this.upgrade.onIdlePoll();
  }
}

const ignored = { onPacket: () => {}, onWritable: () => {}, onClose: () => {} };

test("probe, answer, switch", () => {
  const rig = new Rig();
  rig.probe();
  expect(rig.next.sent).toEqual([{ type: "pong", data: "probe" }]);
  rig.next.handler?.onPacket({ type: "upgrade" });
  expect(rig.events).toEqual(["upgrading to websocket", "upgraded"]);
  expect(rig.clock.pendingCount).toBe(0);
  expect(rig.next.ends).toEqual([]);
});

test("a poll that waits is released as soon as the probe is answered, and so is every later one", () => {
  const rig = new Rig();
  rig.poll();
  expect(rig.from.releases).toBe(0); // the client may still find that the new transport does not work
  rig.probe();
  expect(rig.from.releases).toBe(1);
  for (let count = 2; count <= 10; count++) {
    rig.poll();
    expect(rig.from.releases).toBe(count);
  }
});

test("a poll is not released before the answer to the probe has left, because the client would poll again", () => {
  const rig = new Rig();
  rig.poll();
  rig.next.handler?.onPacket({ type: "ping", data: "probe" });
  expect(rig.from.releases).toBe(0);
  rig.next.handler?.onFlushed?.(false);
  expect(rig.from.releases).toBe(1);
});

test("a poll is released, too, where the answer to the probe leaves within the call that sends it", () => {
  const rig = new Rig();
  rig.poll();
  rig.next.onSend = () => rig.next.handler?.onFlushed?.(true);
  rig.next.handler?.onPacket({ type: "ping", data: "probe" });
  expect(rig.from.releases).toBe(1);
  expect(rig.events).toEqual(["upgrading to websocket"]);
});

test("an attempt that ends with the answer to the probe is not announced", () => {
  const rig = new Rig();
  rig.next.onSend = () => rig.next.handler?.onClose("transport error");
  rig.next.handler?.onPacket({ type: "ping", data: "probe" });
  expect(rig.events).toEqual(["failed: closed"]);
});

test("a client that goes on polling is released at a measured pace", () => {
  const rig = new Rig();
  rig.probe();
  let polls = 0;
  for (let ms = 0; ms < 1_000; ms += 10) {
    if (!rig.from.writable) {
      polls++;
      rig.poll();
    }
    rig.clock.advance(10);
  }
  expect(polls).toBeGreaterThan(15);
  expect(polls).toBeLessThan(22);
});

test("what the client posted is processed before the switch", () => {
  const rig = new Rig();
  rig.probe();
  rig.from.isBusy = true;
  rig.next.handler?.onPacket({ type: "upgrade" });
  expect(rig.next.isPaused).toBe(true);
  expect(rig.events).not.toContain("upgraded");
  rig.from.onIdle();
  expect(rig.events).toContain("upgraded");
});

test.each([
  ["a message before the probe", "unexpected packet", (rig: Rig) => rig.next.handler?.onMessage("early")],
  ["the switch before the probe", "unexpected packet", (rig: Rig) => rig.next.handler?.onPacket({ type: "upgrade" })],
  ["a ping that is no probe", "unexpected packet", (rig: Rig) => rig.next.handler?.onPacket({ type: "ping" })],
  ["another packet", "unexpected packet", (rig: Rig) => rig.next.handler?.onPacket({ type: "noop" })],
  ["the end of the new transport", "closed", (rig: Rig) => rig.next.end("gone", "transport close")],
  [
    "an error of the new transport",
    "closed",
    (rig: Rig) => rig.next.end("gone", "transport error", new Error("broken")),
  ],
  ["silence", "timeout", (rig: Rig) => rig.clock.advance(TIMEOUT_MS)],
  [
    "silence after the probe",
    "timeout",
    (rig: Rig) => {
      rig.probe();
      rig.events.length = 0;
      rig.clock.advance(TIMEOUT_MS);
    },
  ],
  [
    "a message after the probe",
    "unexpected packet",
    (rig: Rig) => {
      rig.probe();
      rig.events.length = 0;
      rig.next.handler?.onMessage("early");
    },
  ],
])("%s ends the attempt, and only that", (_what, reason, act) => {
  const rig = new Rig();
  act(rig);
  expect(rig.events).toEqual([`failed: ${reason}`]);
  expect(rig.next.ends).toHaveLength(1);
  expect(rig.clock.pendingCount).toBe(0);
  rig.probe();
  rig.next.handler?.onPacket({ type: "upgrade" });
  expect(rig.events).toEqual([`failed: ${reason}`]);
});

test("the end of the session ends the attempt", () => {
  for (const steps of [0, 1, 2]) {
    const rig = new Rig();
    if (steps > 0) rig.probe();
    rig.from.isBusy = true;
    if (steps > 1) rig.next.handler?.onPacket({ type: "upgrade" });
    rig.upgrade.abort();
    expect(rig.next.ends).toEqual(["close"]);
    rig.from.onIdle();
    expect(rig.events).not.toContain("upgraded");
    expect(rig.events.filter((event) => event.startsWith("failed"))).toEqual([]);
    expect(rig.clock.pendingCount).toBe(0);
  }
});

import { subscribe, type AdapterBacklog } from "@halyard/diagnostics";
import { FakeClock } from "@halyard/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { FakeLink } from "./fake-link.fixture.ts";
import { Outbox } from "./outbox.ts";

test("a backlog is told of when it begins, when it has doubled and when it is over", () => {
  const told: AdapterBacklog[] = [];
  onTestFinished(subscribe("halyard:adapter:backlog", (message) => void told.push(message)));
  const link = new FakeLink(false);
  const limits = { maxBytes: 100_000, maxAgeMs: 10_000 };
  const outbox = new Outbox(link, "route", limits, new FakeClock(), { nodeId: "me", onDropped: () => {} });
  for (let sent = 0; sent < 9; sent++) outbox.send(["PUBLISH", "channel", "x"]);
  expect(told.map(({ messages }) => messages)).toEqual([1, 2, 4, 8]);
  link.up();
  expect(outbox.backlog.messages).toBe(0);
  expect(told.at(-1)).toEqual({ nodeId: "me", messages: 0, bytes: 0 });
  expect(told).toHaveLength(5);
  outbox.send(["PUBLISH", "channel", "x"]);
  expect(told).toHaveLength(5);
});

test("of a process that only publishes nothing is told", () => {
  const told: AdapterBacklog[] = [];
  onTestFinished(subscribe("halyard:adapter:backlog", (message) => void told.push(message)));
  const limits = { maxBytes: 100_000, maxAgeMs: 10_000 };
  const outbox = new Outbox(new FakeLink(false), "route", limits, new FakeClock(), { onDropped: () => {} });
  outbox.send(["PUBLISH", "channel", "x"]);
  expect(outbox.backlog.messages).toBe(1);
  expect(told).toEqual([]);
});

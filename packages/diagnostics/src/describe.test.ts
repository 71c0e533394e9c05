import { expect, test } from "vitest";
import { describe } from "./describe.ts";

test("a message is one line, with a name for each value", () => {
  expect(describe({ transport: "polling", protocol: 4, recovered: false, durationMs: 12.345 })).toBe(
    "transport=polling protocol=4 recovered=false durationMs=12.3",
  );
});

test("what clients have chosen does not look like another line, and is not as long as they like", () => {
  expect(describe({ event: "a\nhalyard:engine open" })).toBe(`event="a\\nhalyard:engine open"`);
  expect(describe({ event: "x".repeat(1_000_000) }).length).toBeLessThan(200);
});

test("errors say their message, lists what they hold", () => {
  expect(describe({ error: new Error("not good") })).toBe(`error="not good"`);
  expect(describe({ cause: undefined, other: null })).toBe("cause=undefined other=null");
  expect(describe({ missing: [{ node: "b", reason: "left" }] })).toBe(
    `missing=${JSON.stringify('[{"node":"b","reason":"left"}]')}`,
  );
});

test("neither addresses nor whole ids of connections are written", () => {
  expect(describe({ connectionId: "0123456789abcdefghij", address: "10.0.0.1" })).toBe("connectionId=012345...");
});

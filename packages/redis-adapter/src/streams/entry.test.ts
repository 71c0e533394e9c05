import { expect, test } from "vitest";
import { compareIds } from "./entry-id.ts";
import { readEntries, readFields, readReply, writeFields } from "./entry.ts";

function toMap(list: readonly string[]): Map<string, string> {
  const pairs = list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? ""] as const] : []));
  return new Map(pairs);
}

test.each([{ a: [1, "é"] }, { bytes: Buffer.from([0, 255]) }, undefined])("reads what it writes: %o", (data) => {
  const message = { uid: "me", nsp: "/", type: 3, ...(data !== undefined && { data }) };
  expect(readFields(toMap(writeFields(message, 7, false)))).toEqual(message);
});

test("reads the answers of all clients", () => {
  const entries = [[Buffer.from("1-0"), [Buffer.from("nsp"), Buffer.from("/")]]];
  const expected = [{ id: "1-0", fields: new Map([["nsp", "/"]]) }];
  expect(readReply([[Buffer.from("stream"), entries]])).toEqual(expected);
  expect(readReply([Buffer.from("stream"), entries])).toEqual(expected);
  expect(readReply(new Map([["stream", entries]]))).toEqual(expected);
  expect(readReply({ stream: entries })).toEqual(expected);
  expect(readReply(null)).toEqual([]);
  expect(readEntries([["1-0"], 5, null])).toEqual([]);
});

test("compares places", () => {
  expect(compareIds("1-0", "1-0")).toBe(0);
  expect(compareIds("1-9", "1-10")).toBeLessThan(0);
  expect(compareIds("10-0", "9-5")).toBeGreaterThan(0);
});

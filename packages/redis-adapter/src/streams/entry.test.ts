import { expect, test } from "vitest";
import { compareIds } from "./entry-id.ts";
import { readEntries, readFields, readNumber, readReply, writeFields, writeMessage, writePart } from "./entry.ts";

function toMap(list: readonly string[]): Map<string, string> {
  const pairs = list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? ""] as const] : []));
  return new Map(pairs);
}

const read = (fields: readonly string[]) => readFields(toMap(fields)).map((part) => part());

test.each([{ a: [1, "é"] }, { bytes: Buffer.from([0, 255]) }, undefined])("reads what it writes: %o", (data) => {
  const message = { uid: "me", nsp: "/", type: 3, ...(data !== undefined && { data }) };
  expect(read(writeFields("me", [writeMessage(message, false)], { number: 7, settled: 6 }))).toEqual([message]);
});

test("reads several messages of one entry as they were, each for itself", () => {
  const messages = [{ a: [1, "é\u2028"] }, { bytes: Buffer.from([0, 255]) }, undefined, { n: 2 }].map(
    (data, index) => ({
      uid: "me",
      nsp: index === 0 ? "/shop" : "/",
      type: 3,
      ...(data !== undefined && { data }),
    }),
  );
  const fields = writeFields(
    "me",
    messages.map((message) => writeMessage(message, false)),
    { number: 7, settled: 6 },
  );
  expect(fields.slice(0, 8)).toEqual(["uid", "me", "nsp", "", "type", "103", "n", "7"]);
  expect(read(fields)).toEqual(messages);
  const damaged = fields.map((field) => field.replace('{\\"n\\":2}', "{"));
  const [first, , , last] = readFields(toMap(damaged));
  expect(first!()).toEqual(messages[0]);
  expect(last).toThrow();
});

test("reads broadcasts of a batch as they were", () => {
  const opts = { rooms: ["a"], except: [], flags: {} };
  const data = [
    ["event", "é"],
    ["event", Buffer.of(0, 255)],
  ];
  const messages = data.map((packed) => ({
    uid: "me",
    nsp: "/",
    type: 3,
    data: { packet: { type: 2, data: packed, nsp: "/" }, opts, mark: "here" },
  }));
  const fields = writeFields(
    "me",
    messages.map((message) => writePart(message, false)),
    { number: 7, settled: 6 },
  );
  expect(read(fields)).toEqual(messages);
  expect(read(writeFields("me", [writePart(messages[0]!, false)], { number: 8, settled: 7 }))).toEqual(
    messages.slice(0, 1),
  );
});

test.each(['{"messages":1}', "{}", "nonsense"])("a batch that holds no messages cannot be read: %s", (data) => {
  expect(() => readFields(toMap(["uid", "me", "nsp", "", "type", "103", "data", data]))).toThrow();
});

test("reads the answers of all clients", () => {
  const entries = [[Buffer.from("1-0"), [Buffer.from("nsp"), Buffer.from("/")]]];
  const expected = [{ id: "1-0", fields: new Map([["nsp", "/"]]) }];
  const readAll = (reply: unknown) => readReply(reply)?.map(({ id, fields }) => ({ id, fields }));
  expect(readAll([[Buffer.from("stream"), entries]])).toEqual(expected);
  expect(readAll([Buffer.from("stream"), entries])).toEqual(expected);
  expect(readAll(new Map([["stream", entries]]))).toEqual(expected);
  expect(readAll({ stream: entries })).toEqual(expected);
  expect(readReply(null)).toEqual([]);
  expect(readEntries([])).toEqual([]);
});

test("compares places", () => {
  expect(compareIds("1-0", "1-0")).toBe(0);
  expect(compareIds("1-9", "1-10")).toBeLessThan(0);
  expect(compareIds("10-0", "9-5")).toBeGreaterThan(0);
});

test("knows the answers to other commands", () => {
  const entries = [["1-0", ["nsp", "/"]]];
  for (const reply of ["OK", 1, [], {}, entries, [["stream", []]], [["stream", [["stream", []]]]]])
    expect(readReply(reply)).toBeUndefined();
  for (const reply of [null, "1-0", { stream: entries }, [["stream", entries]], ["a", "b"], [["1-0"], 5, null]])
    expect(readEntries(reply)).toBeUndefined();
});

test.each([
  ["1", { number: 1, settled: 0 }],
  ["17", { number: 17, settled: 16 }],
  ["17:3", { number: 17, settled: 3 }],
] as const)("reads the number that it writes: %s", (text, count) => {
  const fields = toMap(writeFields("me", [], count));
  expect(fields.get("n")).toBe(text);
  expect(readNumber(fields)).toEqual(count);
  expect(read([...fields].flat())).toEqual([]);
});

import { expect, test } from "vitest";
import { encodePart, joinBroadcasts, joinMessages, runsOfOneForm, splitBroadcasts, splitMessage } from "./batch.ts";
import { createOwnTest, decodeMessage, decodePacked, encodeMessage, encodePacked } from "./bus-codec.ts";
import { compactBroadcast } from "./compact.ts";

const FOR_ALL = { rooms: [], except: [], flags: {} };

const message = (data: unknown) => ({ uid: "node", nsp: "/shop", type: 3, data });
const event = (data: unknown, opts: object = FOR_ALL, more: object = {}) =>
  message({ packet: { type: 2, data, nsp: "/shop" }, opts, ...more });
const to = { rooms: ["a"], except: ["b"], flags: { volatile: true } };

const throughBatch = (messages: readonly ReturnType<typeof message>[]): unknown =>
  decodeMessage(Buffer.from(joinMessages("node", messages.map(encodePart)) as Buffer));

test.each([
  ["JSON", ["text", { é: [1, null] }, "\u2028"]],
  ["MessagePack", Array.from({ length: 300 }, (_, index) => ({ bytes: Buffer.alloc(index, 7) }))],
])("messages in %s come back as they were", (_form, list) => {
  const messages = list.map(message);
  const decoded = throughBatch(messages);
  expect(decoded).toMatchObject({ uid: "node", nsp: "", type: 103 });
  expect(splitMessage(decoded)).toEqual(messages);
});

test.each([
  ["JSON", "text"],
  ["MessagePack", Buffer.of(1, 2)],
])("broadcasts in %s come back as they were, whatever else they say", (_form, argument) => {
  const messages = [
    event(["event", argument]),
    event(["event", argument], to),
    event(["event", argument], FOR_ALL, { mark: "here" }),
    event(["event", argument], to, { mark: "here" }),
    event(["event", argument], to, { requestId: "1" }),
    event(["event", argument], to, { mark: "here", later: [1] }),
    message({ packet: { type: 2, data: ["event", argument], nsp: "/other" }, opts: FOR_ALL }),
    message({ packet: { type: 2, data: ["event", argument], nsp: "/shop", id: 3 }, opts: FOR_ALL }),
  ];
  expect(splitMessage(throughBatch(messages))).toEqual(messages);
});

test("of one message, a broadcast is a batch, and anything else as it would be without batches", () => {
  expect(throughBatch([event(["x"])])).toEqual({ uid: "node", nsp: "", type: 103, data: [["/shop", ["x"]]] });
  const move = { ...message({ opts: FOR_ALL, rooms: ["a"] }), type: 4 };
  expect(throughBatch([move])).toEqual(move);
});

test("broadcasts of classic pub/sub come back as they were", () => {
  const parts = [
    compactBroadcast("/", ["x", 1], FOR_ALL),
    compactBroadcast("/", ["x", 2], to),
    compactBroadcast("/", ["x", 3], FOR_ALL, "here"),
  ];
  const decoded = decodePacked(joinBroadcasts("node", parts.map(encodePacked)));
  const packet = (number: number) => ({ type: 2, data: ["x", number], nsp: "/" });
  expect(splitBroadcasts(decoded)).toEqual([
    ["node", packet(1), FOR_ALL],
    ["node", packet(2), to],
    ["node", packet(3), { ...FOR_ALL, mark: "here" }],
  ]);
});

test.each([
  undefined,
  null,
  1,
  "text",
  [],
  {},
  { type: 3 },
  { type: 103 },
  { uid: "node", type: 103, data: {} },
  ["uid", { nsp: "" }],
])("what is no batch stays as it is: %j", (value) => {
  expect(splitMessage(value)).toEqual([value]);
  expect(splitBroadcasts(value)).toEqual([value]);
});

test.each([event(["x"]), event(["x", Buffer.of(1)]), { uid: "node", nsp: "/", type: 1 }])(
  "a node's own messages are told by how they begin",
  (own) => {
    const isOwn = createOwnTest("node");
    expect(isOwn(Buffer.from(encodeMessage(own)))).toBe(true);
    expect(isOwn(Buffer.from(joinMessages("node", [encodePart(own)])))).toBe(true);
    expect(isOwn(Buffer.from(encodeMessage({ ...own, uid: "node2" })))).toBe(false);
    expect(isOwn(Buffer.from(encodeMessage({ ...own, uid: "nod" })))).toBe(false);
    expect(isOwn(Buffer.alloc(0))).toBe(false);
  },
);

test("messages of both forms are split where they meet", () => {
  const [text, packed] = [encodePart(event(["x"])), encodePart(event([Buffer.of(1)]))];
  expect(runsOfOneForm([text, packed, packed, text, text])).toEqual([[text], [packed, packed], [text, text]]);
  expect(runsOfOneForm([text, text])).toEqual([[text, text]]);
  expect(runsOfOneForm([])).toEqual([]);
});

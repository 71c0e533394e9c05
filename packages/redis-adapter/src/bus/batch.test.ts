import { expect, test } from "vitest";
import { joinBroadcasts, joinMessages, splitBroadcast, splitMessage } from "./batch.ts";
import { decodeMessage, decodePacked, encodeMessage, encodePacked } from "./bus-codec.ts";

const message = (data: unknown) => ({ uid: "node", nsp: "/shop", type: 3, data });

test.each([
  ["JSON", ["text", { é: [1, null] }, "\u2028"]],
  ["MessagePack", Array.from({ length: 300 }, (_, index) => ({ bytes: Buffer.alloc(index, 7) }))],
])("messages in %s come back as they were", (_form, list) => {
  const messages = list.map(message);
  const joined = joinMessages("node", messages.map(encodeMessage));
  const decoded = decodeMessage(Buffer.from(joined as Buffer));
  expect(decoded).toMatchObject({ uid: "node", nsp: "", type: 103 });
  expect(splitMessage(decoded)).toEqual(messages);
});

test("broadcasts come back as they were", () => {
  const broadcasts = [1, 2, 3].map((number) => ["node", { type: 2, data: ["x", number], nsp: "/" }, { rooms: [] }]);
  const decoded = decodePacked(joinBroadcasts("node", broadcasts.map(encodePacked)));
  expect(splitBroadcast(decoded)).toEqual(broadcasts);
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
  { type: 103, data: {} },
  ["uid", { nsp: "" }],
])("what is no batch stays as it is: %j", (value) => {
  expect(splitMessage(value)).toEqual([value]);
  expect(splitBroadcast(value)).toEqual([value]);
});

import { expect, test } from "vitest";
import { parser } from "./index.ts";

test("an event goes there and back", () => {
  const packet = { type: "event", namespace: "/admin", data: ["hello", 1, { a: [true, null] }], id: 7 } as const;
  const messages = parser.encode(packet);
  expect(messages).toEqual(['2/admin,7["hello",1,{"a":[true,null]}]']);
  expect(parser.createDecoder().write(messages[0]!)).toEqual(packet);
});

test("bytes travel as attachments", () => {
  const packet = {
    type: "event",
    namespace: "/",
    data: ["bin", Buffer.from([1, 2]), { x: new Uint8Array([3]) }],
  } as const;
  const messages = parser.encode(packet);
  expect(messages[0]).toBe('52-["bin",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}]');
  const decoder = parser.createDecoder();
  expect(decoder.write(messages[0]!)).toBe(undefined);
  expect(decoder.write(messages[1]!)).toBe(undefined);
  expect(decoder.pending).toBe(true);
  expect(decoder.write(messages[2]!)).toEqual(packet);
  expect(decoder.pending).toBe(false);
});

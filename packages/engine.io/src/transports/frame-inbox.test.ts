import { expect, test } from "vitest";
import { FrameInbox } from "./frame-inbox.ts";

test("gives frames back in order, however many, and knows how many bytes are left", () => {
  const inbox = new FrameInbox();
  let next = 0;
  const add = (count: number): void => {
    for (let each = 0; each < count; each++) inbox.add({ data: Buffer.from(`${next++}`), isBinary: false });
  };
  add(700);
  const taken: string[] = [];
  for (let each = 0; each < 500; each++) taken.push(String(inbox.take()?.data));
  add(1_000);
  while (!inbox.isEmpty) taken.push(String(inbox.take()?.data));
  expect(taken).toEqual(Array.from({ length: 1_700 }, (_, index) => `${index}`));
  expect([inbox.byteLength, inbox.take()]).toEqual([0, undefined]);
});

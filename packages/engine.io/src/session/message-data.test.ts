import { expect, test } from "vitest";
import { messageData } from "./message-data.ts";

test("whatever is handed over becomes bytes or text", () => {
  const bytes = Uint8Array.of(1, 2);
  expect(messageData("a")).toBe("a");
  expect(messageData(bytes)).toBe(bytes);
  expect(messageData(bytes.buffer)).toEqual(bytes);
  expect(messageData(new DataView(bytes.buffer, 1))).toEqual(Uint8Array.of(2));
  expect([undefined, null, 7, false, new URL("http://a/")].map(messageData)).toEqual([
    "",
    "",
    "7",
    "false",
    "http://a/",
  ]);
});

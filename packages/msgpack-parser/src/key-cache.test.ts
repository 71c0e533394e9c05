import { expect, test } from "vitest";
import { readKey } from "./key-cache.ts";

const read = (key: string): string | undefined => readKey(Buffer.from(`[${key}]`), 1, 1 + Buffer.byteLength(key));

test("keys come out as they are, whatever was read before", () => {
  // these two, one of which begins with the other, share a slot
  for (const key of ["kj", "kjxxxxa", "kj", "kjxxxxa", "kjxxxxa"]) expect(read(key)).toBe(key);
});

test("keys that are empty, long or not ASCII are left to the caller", () => {
  for (const key of ["", "a".repeat(25), "é", "aé", "éa"]) expect(read(key)).toBeUndefined();
});

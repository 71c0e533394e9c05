import { expect, test } from "vitest";
import { createEpoch } from "./epoch.ts";

test("no two runs have the same epoch, and each is of the length that offsets are read by", () => {
  const epochs = Array.from({ length: 1_000 }, createEpoch);
  expect(new Set(epochs).size).toBe(1_000);
  for (const epoch of epochs) expect(epoch).toMatch(/^[\w-]{8}$/);
});

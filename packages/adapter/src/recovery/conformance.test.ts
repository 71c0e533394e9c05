import { recoveryCases, type RecoveryHarness } from "@halyard/conformance";
import { FakeClock } from "@halyard/core/testing";
import { describe, test } from "vitest";
import { createMemoryStorage } from "./memory-storage.ts";

const harness: RecoveryHarness = {
  create(limits) {
    const clock = new FakeClock();
    const storage = createMemoryStorage({ clock, limits });
    return { storage, pass: (ms) => clock.advance(ms), close: () => storage.close() };
  },
};

describe("the storage in memory", () => {
  for (const { name, run } of recoveryCases(harness)) test(name, run);
});

import { afterEach, expect, test, vi } from "vitest";

const page = new EventTarget();

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("when the network comes back, it does not wait for the next attempt, and does not repeat one", async () => {
  vi.resetModules();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  const { Rig } = await import("./testing/fake-engine.ts");
  const rig = new Rig();
  const attempts: number[] = [];
  rig.manager.on("reconnect_attempt", (attempt) => attempts.push(attempt));
  rig.engine.end("transport close");
  page.dispatchEvent(new Event("offline"));
  expect(rig.engines).toHaveLength(1);
  page.dispatchEvent(new Event("online"));
  expect(rig.engines).toHaveLength(2);
  page.dispatchEvent(new Event("online"));
  rig.clock.advance(5_000);
  expect(rig.engines).toHaveLength(2);
  rig.engine.open();
  page.dispatchEvent(new Event("online"));
  expect(attempts).toEqual([1]);
  rig.engine.end("transport close");
  rig.manager.close();
  page.dispatchEvent(new Event("online"));
  expect(rig.engines).toHaveLength(2);
});

import { afterEach, expect, test, vi } from "vitest";

const page = new EventTarget();

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

function stubPage(): void {
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
}

test("tells of a lost network, of a page that comes back and of unloading, until undone", async () => {
  stubPage();
  const { watchPage } = await import("./page-events.ts");
  const calls: string[] = [];
  const undo = watchPage((event) => calls.push(event));
  watchPage(() => calls.push("other"))?.();
  const all = ["offline", "online", "pageshow", "visibilitychange", "beforeunload"];
  for (const name of all) page.dispatchEvent(new Event(name));
  expect(calls).toEqual(["offline", "online", "pageshow", "visibilitychange"]);
  const undoUnloading = watchPage((event) => calls.push(event), true);
  page.dispatchEvent(new Event("beforeunload"));
  expect(calls.slice(4)).toEqual(["beforeunload", "beforeunload"]);
  undo?.();
  undoUnloading?.();
  for (const name of all) page.dispatchEvent(new Event(name));
  expect(calls).toHaveLength(6);
});

test("costs nothing in Node.js", async () => {
  const { watchPage } = await import("./page-events.ts");
  expect(watchPage(() => {})).toBeUndefined();
});

test("closes a socket at once when the network is lost, but not on localhost", async () => {
  stubPage();
  vi.stubGlobal(
    "WebSocket",
    class extends EventTarget {
      close(): void {}
    },
  );
  const { Socket } = await import("../browser.ts");
  const remote = new Socket("ws://example.com", { transports: ["websocket"] });
  const local = new Socket("ws://localhost", { transports: ["websocket"] });
  const reasons: unknown[] = [];
  remote.on("close", (reason, details) => void reasons.push(reason, details));
  page.dispatchEvent(new Event("offline"));
  expect(reasons).toEqual(["transport close", expect.objectContaining({ description: "network connection lost" })]);
  expect(local.readyState).toBe("opening");
});

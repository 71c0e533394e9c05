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

test("tells of a lost network and of unloading, until undone", async () => {
  stubPage();
  const { watchPage } = await import("./page-events.ts");
  const calls: string[] = [];
  const undo = watchPage(
    () => calls.push("offline"),
    () => calls.push("unload"),
  );
  watchPage(() => calls.push("other"))?.();
  page.dispatchEvent(new Event("offline"));
  page.dispatchEvent(new Event("beforeunload"));
  undo?.();
  page.dispatchEvent(new Event("offline"));
  page.dispatchEvent(new Event("beforeunload"));
  expect(calls).toEqual(["offline", "unload"]);
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

import { FakeClock } from "@halyard/core/testing";
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

test("pitfall 25: a page that comes back to life does not wait for its timers", async () => {
  stubPage();
  vi.stubGlobal(
    "WebSocket",
    class extends EventTarget {
      close(): void {}
    },
  );
  const { Socket, WebSocket } = await import("../browser.ts");
  const clock = new FakeClock();
  class Connected extends WebSocket {
    override open(): void {
      this.state = "open";
      const data = '{"sid":"s1","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
      queueMicrotask(() => this.receive(() => [{ type: "open", data }]));
    }
  }
  const socket = new Socket("ws://example.com", { transports: [Connected], clock });
  await new Promise<void>((resolve) => void socket.on("open", resolve));
  page.dispatchEvent(new Event("visibilitychange"));
  clock.stall(600_000);
  const closed = new Promise((resolve) => void socket.on("close", resolve));
  page.dispatchEvent(new Event("visibilitychange"));
  expect(await closed).toBe("ping timeout");
});

test("closes before the page unloads only when told to, and silently", async () => {
  stubPage();
  let closes = 0;
  vi.stubGlobal(
    "WebSocket",
    class extends EventTarget {
      close(): void {
        closes++;
      }
    },
  );
  const { Socket } = await import("../browser.ts");
  const events: unknown[] = [];
  const options = { transports: ["websocket"] };
  for (const closeOnBeforeunload of [true, false]) {
    const socket = new Socket("ws://example.com", { ...options, closeOnBeforeunload });
    socket.on("close", (reason) => void events.push(reason));
  }
  page.dispatchEvent(new Event("beforeunload"));
  expect(closes).toBe(1);
  expect(events).toEqual([]);
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

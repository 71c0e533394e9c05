import { expect, test } from "vitest";
import { createLiveOptions } from "./live-options.ts";

test("an assignment to a live option is resolved, and told once", () => {
  const changes: string[] = [];
  const { resolved, visible } = createLiveOptions({ pingInterval: 1_000 }, (name) => changes.push(name));
  visible.pingTimeout = 7;
  visible.cookie = true;
  Object.assign(visible, { allowEIO3: true, maxHttpBufferSize: 10 });
  expect(resolved).toMatchObject({ pingIntervalMs: 1_000, pingTimeoutMs: 7, allowEIO3: true, maxPayloadBytes: 10 });
  expect(resolved.cookie?.name).toBe("io");
  expect(visible).toMatchObject({ pingInterval: 1_000, pingTimeout: 7, cookie: true, maxHttpBufferSize: 10 });
  expect(changes).toEqual(["pingTimeout", "cookie", "allowEIO3", "maxHttpBufferSize"]);
});

test("an impossible value is refused and changes nothing", () => {
  const { resolved, visible } = createLiveOptions({}, () => expect.unreachable());
  expect(() => (visible.pingTimeout = 0)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  expect([resolved.pingTimeoutMs, visible.pingTimeout]).toEqual([20_000, 20_000]);
});

test("applications add to the list of transports, also after other changes", () => {
  const { resolved, visible } = createLiveOptions({ transports: ["polling"] }, () => {});
  visible.transports?.push("websocket");
  visible.pingTimeout = 7;
  visible.transports?.push("webtransport");
  expect(resolved.transports).toEqual(["polling", "websocket", "webtransport"]);
  visible.transports = ["polling"];
  expect([resolved.transports, visible.transports]).toEqual([["polling"], ["polling"]]);
});

test("options can be copied, as applications do", () => {
  const { visible } = createLiveOptions({ pingInterval: 1_000 }, () => {});
  expect({ ...visible }).toMatchObject({
    pingInterval: 1_000,
    pingTimeout: 20_000,
    transports: ["polling", "websocket"],
  });
});

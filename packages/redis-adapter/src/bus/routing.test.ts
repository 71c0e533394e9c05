import { expect, test } from "vitest";
import { onlyRoomOf } from "./routing.ts";

const broadcast = (rooms: readonly string[], extra: object = {}) => ({
  uid: "node",
  nsp: "/",
  type: 3,
  data: { packet: { data: ["x"] }, opts: { rooms, except: [], flags: {} }, ...extra },
});

test("a broadcast to one room concerns nobody else", () => {
  expect(onlyRoomOf(broadcast(["r"]))).toBe("r");
});

test.each([
  ["goes to several rooms", broadcast(["r", "s"])],
  ["goes to everybody", broadcast([])],
  ["wants answers, so that those who hear are counted", broadcast(["r"], { requestId: "q" })],
  ["is kept for recovery, so that clients can come from elsewhere", broadcast(["r"], { mark: "epoch.1.0" })],
  ["is no broadcast", { ...broadcast(["r"]), type: 4 }],
  ["holds nothing", { uid: "node", nsp: "/", type: 3 }],
])("what %s concerns all nodes", (_what, message) => {
  expect(onlyRoomOf(message)).toBeUndefined();
});

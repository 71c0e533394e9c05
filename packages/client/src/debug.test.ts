import { afterEach, expect, test, vi } from "vitest";
import { DebugManager } from "./debug-manager.ts";
import * as debug from "./debug.ts";
import * as root from "./index.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function socketOf(): ReturnType<DebugManager["socket"]> & { fire(event: string): void } {
  return Object.assign(new DebugManager("http://localhost", { autoConnect: false }).socket("/"));
}

test("it exports what the root does", () => {
  expect(Object.keys(debug).toSorted()).toEqual(
    Object.keys(root)
      .filter((name) => name !== "module.exports")
      .toSorted(),
  );
  expect(debug.io("http://localhost", { autoConnect: false })).toBeInstanceOf(root.Socket);
});

test("it warns, once for each event, of listeners that a listener of connect adds again", () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const socket = socketOf();
  socket.on("connect", () => {
    socket.on("chat", (text) => text);
    socket.once("news", () => {});
    socket.on(`other ${Math.random()}`, () => {});
  });
  const outside = (): void => {};
  socket.on("outside", outside).on("outside", outside);
  socket.fire("connect");
  expect(warn).not.toHaveBeenCalled();
  socket.fire("connect");
  socket.fire("connect");
  expect(warn.mock.calls.map(([text]) => String(text).split(" ")[0])).toEqual(['"chat"', '"news"']);
  socket.fire("chat");
});

test("it tells what happens where DEBUG asks for it", () => {
  const told = vi.spyOn(console, "debug").mockReturnValue();
  new DebugManager("http://localhost", { autoConnect: false }).close();
  expect(told).not.toHaveBeenCalled();
  vi.stubEnv("DEBUG", "express:*,socket.io-client:*");
  const manager = new DebugManager("http://localhost", { autoConnect: false });
  const socket = manager.socket("/chat");
  manager.open();
  manager.close();
  expect(told).toHaveBeenCalledWith("socket.io-client", "close", "forced close", undefined);
  for (const listener of socket.listenersAny()) listener("hello", 1);
  expect(told).toHaveBeenCalledWith("socket.io-client", "/chat", "received", "hello", 1);
});

import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import type { AuthRequest, SocketOptions } from "./options.ts";
import { Rig } from "./testing/fake-engine.ts";

function rigOf(options: SocketOptions): { rig: Rig; socket: ReturnType<Rig["manager"]["socket"]> } {
  const rig = new Rig();
  return { rig, socket: rig.manager.socket("/", options) };
}

test("an async auth function is asked each time, with the attempt and the reason", async () => {
  const asked: unknown[] = [];
  const { rig, socket } = rigOf({
    auth: async ({ attempt, reason }) => {
      asked.push([attempt, reason]);
      return { token: asked.length };
    },
  });
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":1}']), 20_000);
  rig.engine.end("transport close"); // before the server answered
  rig.clock.advance(1_000);
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":2}']), 20_000);
  rig.engine.receive('0{"sid":"abc"}');
  rig.engine.end("ping timeout");
  rig.clock.advance(1_000);
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":3}']), 20_000);
  rig.engine.receive('4{"message":"token expired"}');
  socket.connect();
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":4}']), 20_000);
  expect(asked).toEqual([
    [1, undefined],
    [2, "transport close"],
    [1, "ping timeout"],
    [2, "token expired"],
  ]);
});

test("an auth function that calls back may return a promise of nothing", async () => {
  const { rig } = rigOf({
    auth: async (request: AuthRequest) => {
      await Promise.resolve();
      request({ token: 1 });
    },
  });
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":1}']), 20_000);
});

test("a promise of another realm counts as well", async () => {
  const { rig } = rigOf({ auth: () => runInNewContext("Promise.resolve({ token: 1 })") as Promise<object> });
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":1}']), 20_000);
});

test("what an auth function that calls back returns otherwise is nobody's credentials", async () => {
  const { rig } = rigOf({
    auth: ((answer: AuthRequest) => {
      queueMicrotask(() => answer({ token: 1 }));
      return { token: "none" };
    }) as unknown as SocketOptions["auth"],
  });
  rig.engine.open();
  await vi.waitFor(() => expect(rig.engine.sent).toEqual(['0{"token":1}']), 20_000);
});

test.each([
  [
    "throws",
    (): never => {
      throw new Error("no token");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no token"))],
])("an auth function that %s is reported, and the socket waits to be connected again", async (_, auth) => {
  const { rig, socket } = rigOf({ auth });
  const errors: unknown[] = [];
  socket.on("connect_error", (error) => errors.push(error));
  rig.engine.open();
  await vi.waitFor(() => expect(errors).toHaveLength(1), 20_000);
  expect(errors).toMatchObject([{ code: "AUTH_FAILED", cause: { message: "no token" }, willRetry: false }]);
  expect(socket.active).toBe(false);
  socket.auth = { token: 1 };
  socket.connect();
  rig.accept();
  expect(socket.connected).toBe(true);
});

test("connect_error tells whether the client tries again by itself", () => {
  const rig = new Rig({ reconnectionAttempts: 1 });
  const socket = rig.manager.socket("/");
  const told: unknown[] = [];
  socket.on("connect_error", ({ willRetry }) => told.push([willRetry, socket.active]));
  rig.engine.end("transport error", new Error("refused"));
  rig.clock.advance(1_000);
  rig.engine.end("transport error", new Error("refused"));
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(2);
  rig.manager.open();
  rig.engine.open();
  rig.engine.receive('4{"message":"no","data":1}');
  expect(told).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
});

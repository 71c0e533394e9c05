import { expect, test } from "vitest";
import { Emitter } from "./emitter.ts";

type Events = { message: (text: string, count: number) => void; done: () => void };

test("listeners are called in order with the arguments", () => {
  const emitter = new Emitter<Events>();
  const seen: string[] = [];
  emitter.on("message", (text, count) => seen.push(`first ${text} ${count}`));
  emitter.addEventListener("message", (text) => seen.push(`second ${text}`));
  expect(emitter.emit("message", "hi", 2)).toBe(true);
  expect(emitter.emit("done")).toBe(false);
  expect(seen).toEqual(["first hi 2", "second hi"]);
});

test("a listener for once is called once, and can be removed before", () => {
  const emitter = new Emitter<Events>();
  let calls = 0;
  const listener = () => void calls++;
  emitter.once("done", listener);
  emitter.emit("done");
  emitter.emit("done");
  emitter.once("done", listener);
  emitter.off("done", listener);
  emitter.emit("done");
  expect(calls).toBe(1);
  expect(emitter.hasListeners("done")).toBe(false);
});

test("a listener for once may emit the event again without being called twice", () => {
  const emitter = new Emitter<Events>();
  let calls = 0;
  emitter.once("done", () => {
    calls++;
    emitter.emit("done");
  });
  emitter.emit("done");
  expect(calls).toBe(1);
});

test("listeners changed during an event count from the next one on", () => {
  const emitter = new Emitter<Events>();
  const seen: string[] = [];
  const late = () => void seen.push("late");
  const removed = () => void seen.push("removed");
  emitter.on("done", () => {
    emitter.off("done", removed);
    emitter.on("done", late);
  });
  emitter.on("done", removed);
  emitter.emit("done");
  expect(seen).toEqual(["removed"]);
  emitter.emit("done");
  expect(seen).toEqual(["removed", "late"]);
});

test.each(["off", "removeListener", "removeEventListener"] as const)(
  "%s removes one, those of one event, or all",
  (method) => {
    const emitter = new Emitter<Events>();
    const one = () => {};
    emitter
      .on("done", one)
      .on("done", () => {})
      .on("message", () => {});
    emitter[method]("done", one);
    expect(emitter.listeners("done")).toHaveLength(1);
    emitter[method]("done");
    expect(emitter.hasListeners("done")).toBe(false);
    expect(emitter.hasListeners("message")).toBe(true);
    emitter[method]();
    expect(emitter.hasListeners("message")).toBe(false);
  },
);

test("a listener that throws throws to who emitted, and the emitter stays usable", () => {
  const emitter = new Emitter<Events>();
  emitter.once("done", () => {
    throw new Error("from the listener");
  });
  expect(() => emitter.emit("done")).toThrow("from the listener");
  expect(emitter.emit("done")).toBe(false);
});

test("event names of Object.prototype are names like any other", () => {
  const emitter = new Emitter<{ constructor: () => void; __proto__: () => void }>();
  expect(emitter.emit("constructor")).toBe(false);
  expect(emitter.listeners("constructor")).toEqual([]);
});

test("a listener added twice is removed once at a time", () => {
  const emitter = new Emitter<Events>();
  let calls = 0;
  const listener = () => void calls++;
  emitter.on("done", listener).on("done", listener).off("done", listener);
  emitter.emit("done");
  expect(calls).toBe(1);
});

test("an event named by a number is the event named by its digits", () => {
  class Numbered extends Emitter<Record<string, () => void>> {
    emitNumber(event: number): boolean {
      return this.notify(event, []);
    }
  }
  const emitter = new Numbered();
  let calls = 0;
  emitter.on("1", () => void calls++);
  expect(emitter.emitNumber(1)).toBe(true);
  expect(calls).toBe(1);
});

test.each(["off", "removeListener", "removeEventListener"] as const)(
  "%s of a listener or an event that is not there removes nothing",
  (method) => {
    const emitter = new Emitter<Events>().on("done", () => {});
    Reflect.apply(emitter[method], emitter, ["done", undefined]);
    Reflect.apply(emitter[method], emitter, [undefined, () => {}]);
    Reflect.apply(emitter[method], emitter, [undefined]);
    expect(emitter.hasListeners("done")).toBe(true);
    emitter[method]("done");
    expect(emitter.hasListeners("done")).toBe(false);
  },
);

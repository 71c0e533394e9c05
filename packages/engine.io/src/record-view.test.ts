import { inspect } from "node:util";
import { expect, test } from "vitest";
import { viewAsRecord } from "./record-view.ts";

test("a view shows the keys and values that its map has at the moment", () => {
  const map = new Map([["a", 1]]);
  const view = viewAsRecord(map);
  map.set("toString", 2);
  expect([view["a"], view["b"], "a" in view, "b" in view]).toEqual([1, undefined, true, false]);
  expect(Object.entries(view)).toEqual([
    ["a", 1],
    ["toString", 2],
  ]);
  expect([Object.hasOwn(view, "a"), Object.hasOwn(view, "hasOwnProperty")]).toEqual([true, false]);
  expect({ ...view }).toEqual({ a: 1, toString: 2 });
  map.delete("a");
  const names: string[] = [];
  for (const name in view) names.push(name);
  expect(names).toEqual(["toString"]);
  expect([JSON.stringify(view), inspect(view)]).toEqual(['{"toString":2}', "{ toString: 2 }"]);
});

test("a view cannot be changed", () => {
  const map = new Map([["a", 1]]);
  const view = viewAsRecord(map);
  expect(Reflect.set(view, "a", 2)).toBe(false);
  expect(Reflect.deleteProperty(view, "a")).toBe(false);
  expect(Reflect.defineProperty(view, "b", { value: 3, configurable: true })).toBe(false);
  expect([...map]).toEqual([["a", 1]]);
});

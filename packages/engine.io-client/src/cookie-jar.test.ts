import { expect, test } from "vitest";
import { CookieJar } from "./cookie-jar.ts";

const NOW = Date.UTC(2026, 0, 1);

test("sends back what it was given", () => {
  const jar = new CookieJar();
  expect(jar.header(NOW)).toBeUndefined();
  jar.store(["a=1; Path=/; HttpOnly", 'b="two"', "c=x=y", "a=3", "nonsense", "=empty", ""], NOW);
  jar.store(undefined, NOW);
  expect(jar.header(NOW)).toBe("a=3; b=two; c=x=y");
});

test.each([
  ["Max-Age=10", 9_999, 10_000],
  ["MAX-AGE=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 9_999, 10_000],
  ["expires=Thu, 01 Jan 2026 00:00:10 GMT", 9_999, 10_000],
  ["Max-Age=0", -1, 0],
  ["Max-Age=-5", -1, 0],
  ["Max-Age=soon", -1, 0],
  ["Expires=whenever", -1, 0],
])("lets a cookie with %s expire", (attribute, last, first) => {
  const jar = new CookieJar();
  jar.store([`a=1; ${attribute}`], NOW);
  if (last >= 0) expect(jar.header(NOW + last)).toBe("a=1");
  expect(jar.header(NOW + first)).toBeUndefined();
});

test("deletes a cookie that comes back expired", () => {
  const jar = new CookieJar();
  jar.store(["a=1"], NOW);
  jar.store(["a=; Max-Age=0"], NOW);
  expect(jar.header(NOW)).toBeUndefined();
});

import { expect, test } from "vitest";
import { parseQuery } from "./request-query.ts";

test.each([
  ["/", {}],
  ["/?", {}],
  ["/?a=1&b=2", { a: "1", b: "2" }],
  ["/?a=1&a=2", { a: "2" }],
  ["/?a", { a: "" }],
  ["/?a=", { a: "" }],
  ["/?&&a=1&", { a: "1" }],
  ["/?a=b=c", { a: "b=c" }],
  ["/?a=%C3%A9+x", { a: "é x" }],
  ["/?a=%zz", { a: "%zz" }],
  ["/?a=1#b=2", { a: "1" }],
  ["/x?a=1?b=2", { a: "1?b=2" }],
])("%s", (target, query) => {
  expect(parseQuery(target)).toEqual(query);
});

test.each(["/?__proto__=x", "/?__proto__=%78"])("%s defines a parameter and nothing else", (target) => {
  const query = parseQuery(target);
  expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
  expect(Object.keys(query)).toEqual(["__proto__"]);
});

test("the same as URLSearchParams for whatever comes", () => {
  const alphabet = ["a", "b", "=", "&", "%", "+", "4", "1", "é", "?"];
  let state = 1;
  for (let round = 0; round < 2_000; round++) {
    let text = "";
    for (let length = round % 12; length > 0; length--) {
      state = (state * 16_807) % 2_147_483_647;
      text += alphabet[state % alphabet.length];
    }
    expect(parseQuery(`/?${text}`)).toEqual(Object.fromEntries(new URLSearchParams(`?${text}`)));
  }
});

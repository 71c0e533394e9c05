import { expect, test } from "vitest";
import { chooseEncoding } from "./accept-encoding.ts";

test.each([
  [undefined, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip, deflate, br", "br"],
  ["gzip, deflate", "gzip"],
  ["deflate", "deflate"],
  ["*", "br"],
  ["br;q=0, *", "gzip"],
  ["GZIP;q=0.5, br;q=0.2", "gzip"],
  ["br;q=x, gzip;q=0", undefined],
])("answers %o with %o", (accept, expected) => {
  expect(chooseEncoding(accept)).toBe(expected);
});

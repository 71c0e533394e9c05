import { expect, test } from "vitest";
import { chooseEncoding } from "./accept-encoding.ts";

test.each([
  [undefined, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip, deflate, br", "br"],
  ["deflate, gzip", "gzip"],
  ["deflate", "deflate"],
  ["gzip;q=0.5, deflate", "deflate"],
  ["*", "br"],
  ["*;q=0", undefined],
  ["br;q=0, *", "gzip"],
  ["GZIP ; Q=0.5, br;q=0.2", "gzip"],
  ["br;q=x, gzip;q=0", undefined],
  ["zstd", undefined],
])("answers %o with %o", (accept, expected) => {
  expect(chooseEncoding(accept, ["br", "gzip", "deflate"])).toBe(expected);
});

import { gunzipSync, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { createCompressor } from "./response-compression.ts";

test("text and bytes are compressed from the threshold on", async () => {
  const compress = createCompressor(4, {});
  expect(compress("abc", "gzip")).toBeUndefined();
  expect(compress("abcd", undefined)).toBeUndefined();
  expect(compress("abcd", "br")).toBeUndefined();
  const text = await compress("éé", "gzip");
  expect([text?.encoding, gunzipSync(text?.body ?? "").toString()]).toEqual(["gzip", "éé"]);
  const bytes = await compress(Uint8Array.of(1, 2, 3, 4), "deflate");
  expect([bytes?.encoding, [...inflateSync(bytes?.body ?? "")]]).toEqual(["deflate", [1, 2, 3, 4]]);
});

import { parse as incumbentParse } from "engine.io-client";
import { expect, test } from "vitest";
import { formatQuery, parse, parseQuery } from "./uri.ts";

const FIELDS = [
  "source",
  "protocol",
  "authority",
  "userInfo",
  "user",
  "password",
  "host",
  "port",
  "path",
  "query",
  "anchor",
] as const;

test.each([
  "http://google.com",
  "https://www.google.com:80",
  "google.com:8080/foo/bar?foo=bar&a=b",
  "localhost:3000",
  "localhost",
  "ws://user:secret@example.com:1234/p/a/t/h?query=string#hash",
  "wss://example.com?token=1",
  "http://[2001:db8:1:f0::cafe]/path?x",
  "http://[::1]:3000",
  "https://[fe80::1]",
  "127.0.0.1:5000/x",
  "/only/path",
  "",
])("splits %s as engine.io-client does", (uri) => {
  const ours = parse(uri);
  const theirs = incumbentParse(uri) as unknown as typeof ours;
  for (const field of FIELDS) {
    // theirs leaves the brackets' text without its brackets in the authority
    if (field === "authority" && ours.ipv6uri) continue;
    expect([field, ours[field]]).toEqual([field, theirs[field]]);
  }
});

test("refuses endless URIs", () => {
  expect(() => parse("x".repeat(8001))).toThrow(expect.objectContaining({ code: "URI_TOO_LONG" }));
});

test("reads and writes queries", () => {
  expect(parseQuery("a=1&b=%20%26&c&d=x=y&&=z")).toEqual({ a: "1", b: " &", c: "", d: "x=y" });
  expect(formatQuery({ a: 1, "b c": "é&", d: undefined })).toBe("a=1&b%20c=%C3%A9%26&d=undefined");
});

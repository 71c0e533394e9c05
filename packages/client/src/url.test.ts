import { expect, test } from "vitest";
import { resolveUrl } from "./url.ts";

const page = { protocol: "https:", host: "page.example:8443" };

test.each([
  ["https://example.com", "true//example.com:443", "/"],
  ["https://example.com/", "true//example.com:443", "/"],
  ["http://example.com:80/chat", "false//example.com:80", "/chat"],
  ["http://example.com/chat?token=a/b#c", "false//example.com:80", "/chat"],
  ["ws://example.com:3000/a/b", "false//example.com:3000", "/a/b"],
  ["ws://example.com/a", "false//example.com:80", "/a"],
  ["wss://user:pass@example.com/x", "true//example.com:443", "/x"],
  ["http://[::1]:3000/six", "false//[::1]:3000", "/six"],
  ["http://[::1]/six", "false//[::1]:80", "/six"],
  ["http://example.com/größe raum", "false//example.com:80", "/größe raum"],
])("%s", (uri, origin, namespace) => {
  expect(resolveUrl(uri, undefined)).toEqual({ origin, namespace, source: uri });
});

test.each([
  ["", "https://page.example:8443", "/"],
  ["/chat", "https://page.example:8443/chat", "/chat"],
  ["//other.example/chat", "https://other.example/chat", "/chat"],
  ["other.example:3000/chat", "https://other.example:3000/chat", "/chat"],
])("%s is relative to the page", (uri, source, namespace) => {
  expect(resolveUrl(uri, page)).toMatchObject({ source, namespace });
});

test("without a page, relative URLs mean this machine, and hosts without scheme mean https", () => {
  expect(resolveUrl("", undefined).source).toBe("http://localhost");
  expect(resolveUrl("/chat", undefined).source).toBe("http://localhost/chat");
  expect(resolveUrl("//example.com", undefined).source).toBe("http://example.com");
  expect(resolveUrl("example.com/chat", undefined).source).toBe("https://example.com/chat");
});

test("equal servers have equal origins", () => {
  expect(resolveUrl("http://localhost:80/a", undefined).origin).toBe(
    resolveUrl("http://localhost/b", undefined).origin,
  );
});

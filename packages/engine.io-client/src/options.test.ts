import { afterEach, expect, test, vi } from "vitest";
import { CookieJar } from "./cookie-jar.ts";
import { nativeClock } from "./native-clock.ts";
import { resolveFor, resolveOptions, usableTransports, type Platform, type SocketOptions } from "./options.ts";
import { Fetch } from "./transports/polling/fetch.ts";
import { WebSocket } from "./transports/websocket/browser.ts";
import { withCookies } from "./with-cookies.node.ts";

const platform: Platform = {
  transports: { polling: Fetch, websocket: WebSocket },
  binaryType: "arraybuffer",
};

afterEach(() => vi.unstubAllGlobals());

function address(uri: string, options: SocketOptions = {}): string {
  const { secure, hostname, port, path } = resolveOptions(uri, options, platform);
  return `${secure ? "https" : "http"}://${hostname}${port && ":" + port}${path}`;
}

test.each<[string, string, SocketOptions]>([
  ["http://localhost/engine.io/", "", {}],
  ["http://example.com:3000/engine.io/", "http://example.com:3000", {}],
  ["https://example.com/engine.io/", "wss://example.com:443", {}],
  ["https://example.com/engine.io/", "HTTPS://example.com", {}],
  ["http://example.com:443/engine.io/", "ws://example.com:443", {}],
  ["http://example.com/engine.io/", "http://example.com/ignored", { secure: true, port: 1 }],
  ["https://example.com:8443/engine.io/", "", { host: "example.com:80", secure: true, port: 8443 }],
  ["http://example.com/engine.io/", "", { hostname: "example.com" }],
  ["http://[::1]:3000/engine.io/", "http://[::1]:3000", {}],
  ["http://[::1]:3000/engine.io/", "", { hostname: "::1", port: 3000 }],
  ["http://localhost/chat", "", { path: "/chat/", addTrailingSlash: false }],
  ["http://localhost/chat/", "", { path: "/chat" }],
])("connects to %s", (expected, uri, options) => {
  expect(address(uri, options)).toBe(expected);
});

test("takes the page's address when none is given", () => {
  vi.stubGlobal("location", { protocol: "https:", hostname: "page.example", port: "8443" });
  expect(address("")).toBe("https://page.example:8443/engine.io/");
  expect(address("", { hostname: "other.example" })).toBe("https://other.example/engine.io/");
  expect(address("http://other.example")).toBe("http://other.example/engine.io/");
});

test("reads queries from the URI, else from the options", () => {
  const query = (uri: string, given?: SocketOptions["query"]): unknown =>
    resolveOptions(uri, given === undefined ? {} : { query: given }, platform).query;
  expect(query("http://localhost?a=1&b=2", { c: 3 })).toEqual({ a: "1", b: "2" });
  expect(query("http://localhost", { c: 3 })).toEqual({ c: 3 });
  expect(query("", "d=4")).toEqual({ d: "4" });
  expect(query("")).toEqual({});
});

test("finds the transports that exist here", () => {
  const names = (options: SocketOptions): string[] =>
    usableTransports(resolveOptions("", options, platform)).map(({ prototype }) => prototype.name);
  expect(names({})).toEqual(["polling", "websocket"]);
  expect(names({ transports: ["webtransport", "websocket"] })).toEqual(["websocket"]);
  expect(names({ transports: [WebSocket] })).toEqual(["websocket"]);
  expect(names({ transportImplementations: [WebSocket, Fetch] })).toEqual(["websocket", "polling"]);
  expect(names({ transports: [] })).toEqual([]);
});

test("applies options of single transports, and keeps the session's cookies", () => {
  const cookieJar = new CookieJar();
  const options = resolveOptions(
    "https://example.com:1?a=1",
    { cookieJar, transportOptions: { polling: { requestTimeout: 5, extraHeaders: { a: "b" } } } },
    platform,
  );
  expect(resolveFor("websocket", options)).toBe(options);
  const polling = resolveFor("polling", options);
  expect(polling).toMatchObject({
    hostname: "example.com",
    port: "1",
    secure: true,
    query: { a: "1" },
    requestTimeout: 5,
  });
  expect(polling.extraHeaders).toEqual({ a: "b" });
  expect(polling.cookieJar).toBe(cookieJar);
});

test("keeps cookies for each session that is told to", () => {
  const told: SocketOptions = { withCredentials: true };
  const { cookieJar } = withCookies(told);
  expect(cookieJar).toBeInstanceOf(CookieJar);
  expect(withCookies(told).cookieJar).not.toBe(cookieJar);
  expect(withCookies({ withCredentials: false, query: "a" })).toEqual({ withCredentials: false, query: "a" });
  expect([withCookies(null), withCookies("http://localhost")]).toEqual([null, "http://localhost"]);
});

test("keeps the native timers when told to", () => {
  vi.useFakeTimers();
  try {
    const later = vi.fn();
    nativeClock.schedule(later, 60_000).cancel();
    expect(vi.getTimerCount()).toBe(0);
    resolveOptions("", {}, platform).clock.schedule(later, 60_000);
    expect(vi.getTimerCount()).toBe(1);
    expect(resolveOptions("", { useNativeTimers: true }, platform).clock).toBe(nativeClock);
  } finally {
    vi.useRealTimers();
  }
});

import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { KeptRequest, type EngineRequest } from "./handshake-record.ts";
import { HeaderStore, unpack } from "./header-store.ts";

function request(url: string, headers: Record<string, string | string[]>, secure = false): EngineRequest {
  const socket = new Socket();
  if (secure) Object.defineProperty(socket, "encrypted", { value: true });
  const message = new IncomingMessage(socket);
  message.url = url;
  Object.assign(message.headers, headers);
  return Object.assign(message, { _query: {} });
}

const headers = { host: "h", "user-agent": "é", cookie: "a=b c", "set-cookie": ["x", "y"] };

test.each([true, false])("a request that is let go can be had again (secure: %s)", (secure) => {
  const store = new HeaderStore();
  const original = new KeptRequest(request("/engine.io/?a=%20b", headers, secure), 1_700_000_000_123, false);
  const { handshake } = original;
  const released = original.release(store);
  expect(released).not.toBe(original);
  expect(released.handshake).toEqual(handshake);
  expect(released.release(store)).toBe(released);
  const kept = released.keep("1.2.3.4");
  expect(kept.request.url).toBe("/engine.io/?a=%20b");
  expect(kept.request.headers).toEqual(headers);
  expect(kept.request._query).toEqual({ a: " b" });
  expect(kept.request.socket.remoteAddress).toBe("1.2.3.4");
  expect(kept.request.method).toBe("GET");
  expect(kept.handshake).toEqual(handshake);
  expect(kept.release(store)).toBe(kept);
});

test("a request that somebody has read, or may have changed, is kept", () => {
  const store = new HeaderStore();
  const read = new KeptRequest(request("/", {}), 0, false);
  expect(read.keep().release(store)).toBe(read);
  const pinned = new KeptRequest(request("/", {}), 0, true);
  expect(pinned.release(store)).toBe(pinned);
  const dropped = pinned.release(store, true);
  expect(dropped).not.toBe(pinned);
  expect(dropped.keep("").request).not.toBe(pinned.request);
});

test("clients of one kind share what they have in common", () => {
  const store = new HeaderStore();
  const url = "/socket.io/?EIO=4&transport=websocket";
  const headersOf = (cookie: string) => ({ "user-agent": "browser", accept: "*/*", cookie });
  const [first, second] = ["a", "b"].map((cookie) => store.pack({ url, headers: headersOf(cookie) }));
  expect(first?.own).not.toBe(second?.own);
  expect(unpack(second?.shared ?? "", second?.own ?? "")).toEqual({ url, headers: headersOf("b") });
  expect(first?.shared).toBe(second?.shared);
  expect(second?.own).not.toContain("socket.io");
});

test("targets of which there are many do not keep clients from sharing their headers", () => {
  const store = new HeaderStore();
  const [first, second] = ["t=1", "token=2"].map((own) =>
    store.pack({ url: `/?EIO=4&transport=polling&${own}`, headers: { host: "h" } }),
  );
  expect(first?.shared).toBe(second?.shared);
  expect(unpack(second?.shared ?? "", second?.own ?? "").url).toBe("/?EIO=4&transport=polling&token=2");
});

test("clients of a familiar kind are told apart by whatever they have of their own", () => {
  const store = new HeaderStore();
  const url = "/?EIO=4&transport=websocket";
  const usual = { host: "h", cookie: "c", accept: "*/*" };
  const { shared } = store.pack({ url, headers: usual });
  const contents = [
    { url, headers: { ...usual, cookie: "d", accept: "*/*" } },
    { url: `${url}&token=1`, headers: usual },
    { url: "/?EIO=4&transport=polling", headers: usual },
    { url, headers: { host: "h", cookie: "c" } },
    { url, headers: { ...usual, referer: "r" } },
    { url, headers: { ...usual, host: "i" } },
    { url, headers: { ...usual, cookie: "d\n" } },
    { url, headers: { ...usual, accept: ["a", "b"] } },
    { url, headers: { ...usual, accept: "a\nb" } },
    { url, headers: { accept: "*/*", cookie: "c", host: "h" } },
    { url, headers: usual },
  ];
  for (const round of [1, 2, 3]) {
    for (const content of contents) {
      const packed = store.pack(content);
      expect(unpack(packed.shared, packed.own), `round ${round}`).toEqual(content);
      if (content.headers === usual && content.url === url) expect(packed.shared).toBe(shared);
    }
  }
});

test("headers of any kind come back as they were", () => {
  const store = new HeaderStore();
  const url = "/?EIO=4&transport=polling";
  const headers = {
    ":authority": "h:1",
    via: "a: b[",
    cookie: "",
    "x-real-ip": "::1",
    empty: "",
    "set-cookie": ["a", "b\n"],
  };
  const { shared, own } = store.pack({ url, headers: { ...headers, missing: undefined, lines: "a\nb" } });
  expect(unpack(shared, own)).toEqual({ url, headers: { ...headers, lines: "a\nb" } });
});

test("the header `__proto__` is one like any other", () => {
  const store = new HeaderStore();
  const odd: Record<string, string> = JSON.parse('{"__proto__":"x","host":"h"}');
  const { shared, own } = store.pack({ url: "/", headers: odd });
  expect(Object.getPrototypeOf(unpack(shared, own).headers)).toBe(Object.prototype);
});

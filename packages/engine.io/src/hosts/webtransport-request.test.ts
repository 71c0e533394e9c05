import { describe, expect, test } from "vitest";
import { FakeSession } from "../transports/webtransport-session.fixture.ts";
import { requestOf } from "./webtransport-request.ts";

function request(header: FakeSession["header"], peerAddress?: string, sid?: string): ReturnType<typeof requestOf> {
  const session = new FakeSession();
  session.header = header;
  session.peerAddress = peerAddress;
  return requestOf(session, sid);
}

describe("the request of a session", () => {
  test("has the headers, the host, the target and the query", () => {
    const header = {
      ":path": "/engine.io/?EIO=4&transport=webtransport&token=a%20b&sid=other",
      ":authority": "example.org",
      cookie: "a=1",
      accept: ["x", "y"],
    };
    const { headers, url, method, _query: query } = request(header);
    expect(headers).toEqual({ cookie: "a=1", accept: ["x", "y"], host: "example.org" });
    expect([url, method]).toEqual([header[":path"], "GET"]);
    expect(query).toEqual({ EIO: "4", transport: "webtransport", token: "a b" });
  });

  test("has a query though the URL of stock clients has none", () => {
    const { url, _query: query } = request({ ":path": "/socket.io/" }, undefined, "a b");
    expect(url).toBe("/socket.io/?EIO=4&transport=webtransport&sid=a%20b");
    expect(query).toEqual({ EIO: "4", transport: "webtransport", sid: "a b" });
  });

  test("names the session of the first packet, not that of the URL", () => {
    expect(request({ ":path": "/?sid=b" }, undefined, "a")._query["sid"]).toBe("a");
  });

  test("is encrypted", () => {
    expect(request({}).socket).toMatchObject({ encrypted: true });
  });

  test("takes over nothing that a request could not have", () => {
    const header = { ":path": "/a b\n", "x-number": 1, "x-list": [1], ["__proto__"]: ["bad"] };
    const { headers, url } = request(header);
    expect([Object.keys(headers), url]).toEqual([[], "/a%20b%0A?EIO=4&transport=webtransport"]);
    expect(Object.getPrototypeOf(headers)).not.toEqual(["bad"]);
  });

  test("stands for a client of protocol revision 4 when the session tells nothing", () => {
    const { url, headers, _query: query } = request(undefined);
    expect([url, headers, query]).toEqual([
      "/?EIO=4&transport=webtransport",
      {},
      { EIO: "4", transport: "webtransport" },
    ]);
  });
});

test.each([
  ["192.0.2.1:443", "192.0.2.1"],
  ["[2001:db8::1]:443", "2001:db8::1"],
  ["2001:db8::1:54321", "2001:db8::1"],
  ["::ffff:127.0.0.1:54321", "::ffff:127.0.0.1"],
  ["192.0.2.1", "192.0.2.1"],
  ["::1", "::1"],
  ["undefined:undefined", ""],
  [undefined, ""],
])("of the address %s the host is %s", (address, host) => {
  expect(request({}, address).socket.remoteAddress).toBe(host);
});

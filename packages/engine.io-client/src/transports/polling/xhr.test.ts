import { beforeEach, expect, test, vi } from "vitest";
import { resolveOptions, type Platform, type SocketOptions } from "../../options.ts";
import { XHR } from "./xhr.ts";

class FakeRequest {
  static made: FakeRequest[] = [];
  method = "";
  url = "";
  body: string | undefined;
  headers: Record<string, string> = {};
  withCredentials = false;
  timeout = 0;
  status = 0;
  responseText = "";
  aborted = false;
  onloadend: (() => void) | null = null;
  ontimeout: (() => void) | null = null;

  constructor() {
    FakeRequest.made.push(this);
  }

  open(method: string, url: string): void {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name: string, value: string): void {
    if (name.includes(" ")) throw new SyntaxError("not a header");
    this.headers[name] = value;
  }

  send(body?: string): void {
    this.body = body;
  }

  abort(): void {
    this.aborted = true;
    this.onloadend?.();
  }

  answer(status: number, text: string): void {
    Object.assign(this, { status, responseText: text });
    this.onloadend?.();
  }
}

const HANDSHAKE = '0{"sid":"s1","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
const platform: Platform = { transports: {}, binaryType: "arraybuffer" };
const page = new EventTarget();

vi.stubGlobal("XMLHttpRequest", FakeRequest);

beforeEach(() => void (FakeRequest.made = []));

function open(options: SocketOptions = {}, shown = (cause: Error | undefined): unknown => cause?.message) {
  const calls: unknown[] = [];
  const transport = new XHR(resolveOptions("http://example.com", options, platform), "");
  transport.bind({
    onMessage: (data) => void calls.push(data),
    onPacket: (packet) => void calls.push(packet.type),
    onWritable: () => void calls.push("writable"),
    onClose: (reason, cause) => void calls.push([reason, shown(cause)]),
  });
  transport.open();
  return { transport, calls };
}

test("polls, posts and polls again", () => {
  const { transport, calls } = open({ extraHeaders: { "x-token": "1" }, withCredentials: true, requestTimeout: 7 });
  const [handshake] = FakeRequest.made;
  expect(handshake).toMatchObject({
    method: "GET",
    body: undefined,
    headers: { "x-token": "1" },
    withCredentials: true,
    timeout: 7,
  });
  expect(handshake?.url).toMatch(/^http:\/\/example\.com\/engine\.io\/\?EIO=4&transport=polling&t=\w+$/);
  handshake?.answer(200, HANDSHAKE);
  const [, poll] = FakeRequest.made;
  expect(poll?.url).toMatch(/&sid=s1&t=\w+$/);
  transport.send([
    { type: "message", data: "a" },
    { type: "message", data: new Uint8Array([1]) },
  ]);
  expect(transport.writable).toBe(false);
  expect(transport.bufferedBytes).toBe(8);
  const [, , post] = FakeRequest.made;
  expect(post).toMatchObject({ method: "POST", body: "4a\x1ebAQ==" });
  post?.answer(200, "ok");
  poll?.answer(200, "4b\x1e2");
  expect(calls).toEqual(["open", "writable", "b", "ping"]);
  expect(FakeRequest.made).toHaveLength(4);
});

test("asks for text when binary is not wanted, and leaves out the timestamp when told to", () => {
  open({ forceBase64: true, timestampRequests: false });
  expect(FakeRequest.made[0]?.url).toBe("http://example.com/engine.io/?EIO=4&transport=polling&b64=1");
  FakeRequest.made[0]?.answer(200, HANDSHAKE);
  expect(FakeRequest.made[1]?.url).toBe("http://example.com/engine.io/?EIO=4&transport=polling&sid=s1&b64=1");
});

test("reports failures by name", () => {
  const poll = open();
  FakeRequest.made[0]?.answer(502, "");
  expect(poll.calls).toEqual([["transport error", "xhr poll error"]]);
  FakeRequest.made = [];
  const post = open();
  FakeRequest.made[0]?.answer(200, HANDSHAKE);
  post.transport.send([{ type: "pong" }]);
  FakeRequest.made[2]?.answer(0, "");
  expect(post.calls).toEqual(["open", ["transport error", "xhr post error"]]);
  expect(FakeRequest.made[1]?.aborted).toBe(true);
});

test("says goodbye after the handshake that was in flight", () => {
  const { transport, calls } = open();
  transport.close();
  FakeRequest.made[0]?.answer(200, HANDSHAKE);
  expect(FakeRequest.made[1]).toMatchObject({ method: "POST", body: "1" });
  expect(FakeRequest.made[1]?.url).toContain("sid=s1");
  FakeRequest.made[1]?.answer(200, "ok");
  expect(calls).toEqual(["open", ["transport close", undefined]]);
  expect(FakeRequest.made).toHaveLength(2);
});

test.each([
  [400, '{"code":1,"message":"Session ID unknown"}', "SESSION_ID_UNKNOWN"],
  [400, '{"code":5,"message":"Unsupported protocol version"}', "UNSUPPORTED_PROTOCOL_VERSION"],
  [400, "<p>no</p>", "HTTP_400"],
  [403, '{"code":4,"message":"in the words of the application"}', "HTTP_403"],
  [404, "Cannot GET /engine.io/", "HTTP_404"],
  [413, "", "HTTP_413"],
  [0, "", "XHR_POLL_ERROR"],
])("pitfall 17: tells by a code that a server answered %d %s", (status, text, code) => {
  const transport = new XHR(resolveOptions("http://example.com", {}, platform), "");
  const closed = vi.fn();
  transport.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose: closed });
  transport.open();
  FakeRequest.made[0]?.answer(status, text);
  expect(closed).toHaveBeenCalledExactlyOnceWith(
    "transport error",
    expect.objectContaining({ message: "xhr poll error", description: status, code }),
  );
});

test.each([
  ["https://page.example", "CORS_OR_NETWORK"],
  ["http://example", "CORS_OR_NETWORK"],
  ["http://example.com", "XHR_POLL_ERROR"],
])("pitfall 17: suspects another origin than the page's (%s)", (origin, code) => {
  vi.stubGlobal("location", { origin });
  const { calls } = open({}, (cause) => Object(cause).code);
  FakeRequest.made[0]?.answer(0, "");
  vi.unstubAllGlobals();
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  expect(calls).toEqual([["transport error", code]]);
});

test("tells that the server took too long", () => {
  const { calls } = open({ requestTimeout: 7 }, (cause) => Object(cause).code);
  FakeRequest.made[0]?.ontimeout?.();
  expect(calls).toEqual([["transport error", "REQUEST_TIMEOUT"]]);
});

test("drops its requests when the page goes away, and reports them if it comes back", async () => {
  vi.stubGlobal("document", {});
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.resetModules();
  const fresh = await import("./xhr.ts");
  const transport = new fresh.XHR(resolveOptions("", {}, platform), "");
  const closed = vi.fn();
  transport.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose: closed });
  transport.open();
  page.dispatchEvent(new Event("pagehide"));
  expect(FakeRequest.made[0]?.aborted).toBe(true);
  expect(closed).not.toHaveBeenCalled();
  page.dispatchEvent(new Event("pageshow"));
  expect(closed).toHaveBeenCalledOnce();
  page.dispatchEvent(new Event("pagehide"));
  page.dispatchEvent(new Event("pageshow"));
  expect(closed).toHaveBeenCalledOnce();
});

import { expect, test, vi } from "vitest";
import { Bench, take, type FakeClient } from "./fake-client.fixture.ts";

test("the namespaces are listed for neighbours", () => {
  const { io } = new Bench();
  io.of("/x");
  expect([...io._nsps]).toEqual([
    ["/", io.sockets],
    ["/x", io.of("/x")],
  ]);
});

test("names are the same with and without a leading slash", () => {
  const { io } = new Bench();
  expect(io.of("x")).toBe(io.of("/x"));
  expect(io.of("/")).toBe(io.sockets);
});

test("announces new namespaces on the main one", () => {
  const { io } = new Bench();
  const names: string[] = [];
  io.on("new_namespace", (namespace) => names.push(namespace.name));
  io.of("/a");
  io.of("/a");
  io.of(/^\/dynamic-/);
  io.of("/dynamic-1");
  expect(names).toEqual(["/a", "/dynamic-1"]);
});

test("a parent made from an expression gives children its middlewares and listeners", () => {
  const bench = new Bench();
  const joined: string[] = [];
  const order: string[] = [];
  const parent = bench.io.of(/^\/dynamic-\d+$/, (socket) => joined.push(socket.nsp.name));
  parent.use((_socket, next) => {
    order.push("middleware");
    next();
  });
  const client = bench.open();
  client.write("0/dynamic-1,", "0/dynamic-2,", "0/dynamic-x,");
  expect(joined).toEqual(["/dynamic-1", "/dynamic-2"]);
  expect(order).toHaveLength(2);
  expect(take(client).at(-1)).toBe('4/dynamic-x,{"message":"Invalid namespace"}');
  parent.emit("all", 1);
  expect(take(client)).toEqual(['2/dynamic-1,["all",1]', '2/dynamic-2,["all",1]']);
  parent.to("nobody").emit("none");
  parent.disconnectSockets();
  expect(take(client)).toEqual(["1/dynamic-1,", "1/dynamic-2,"]);
});

test("a parent does not find sockets or wait for answers", async () => {
  const parent = new Bench().io.of(/^\/p/);
  expect(() => parent.count()).toThrow("count() is not supported on parent namespaces");
  expect(() => parent.fetchSockets()).toThrow("fetchSockets() is not supported on parent namespaces");
  expect(() => parent.serverSideEmit("a")).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  expect(() => parent.emit("a", () => {})).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  await expect(parent.serverSideEmitWithAck("a")).rejects.toMatchObject({ code: "UNSUPPORTED" });
});

test("expressions with state of their own are refused", () => {
  const { io } = new Bench();
  expect(() => io.of(/x/g)).toThrow("stateful regular expressions are not supported");
  expect(() => io.of(/x/y)).toThrow(expect.objectContaining({ code: "INVALID_NAMESPACE" }));
});

test("a parent made from a function decides with the client's auth, maybe later", async () => {
  const bench = new Bench();
  bench.io.of((_name, _auth, done) => done(null, false));
  bench.io.of((_name, _auth, done) => done(new Error("no"), true));
  bench.io.of(() => {
    throw new Error("broken");
  });
  bench.io.of(async () => Promise.reject(new Error("broken later")));
  bench.io.of((name, auth, done) => {
    void Promise.resolve().then(() => {
      done(null, name === "/a" && auth["key"] === 1);
      done(null, true);
    });
  });
  const [first, second] = [bench.open(), bench.open()];
  first.write('0/a,{"key":1}');
  second.write('0/a,{"key":2}');
  await vi.waitFor(() => expect([first.sent, second.sent].flat()).toHaveLength(2));
  expect(first.sent).toEqual([expect.stringContaining('0/a,{"sid"')]);
  expect(bench.failures.map(({ error }) => error.message)).toContain("broken later");
});

test("only the first answer of a function counts", () => {
  const bench = new Bench();
  let refuse: (() => void) | undefined;
  bench.io.of((_name, _auth, done) => {
    done(null, false);
    done(null, true);
  });
  bench.io.of((_name, _auth, done) => (refuse = () => done(null, false)));
  const client = bench.open();
  client.write("0/a,");
  expect(client.sent).toEqual([]);
  refuse?.();
  expect(client.sent).toEqual(['4/a,{"message":"Invalid namespace"}']);
});

test("frees empty children when asked", () => {
  const bench = new Bench({ cleanupEmptyChildNamespaces: true });
  const parent = bench.io.of(/^\/c/);
  parent.use((socket, next) => next(socket.handshake.auth["no"] ? new Error("no") : undefined));
  const created = vi.fn();
  bench.io.on("new_namespace", created);
  const client = bench.open();
  client.write("0/c,", "1/c,", "0/c,", "1/c,");
  expect(created).toHaveBeenCalledTimes(2);
  client.write('0/c2,{"no":true}', '0/c2,{"no":true}');
  expect(created).toHaveBeenCalledTimes(4);
});

test.each([
  ["has left", (client: FakeClient) => client.lose()],
  ["is leaving", (client: FakeClient) => void (client.readyState = "closing")],
  ["has taken its CONNECT back", (client: FakeClient) => client.write("1/c,")],
])("makes no child for a client that %s", (_what, leave) => {
  const bench = new Bench();
  const decisions: (() => void)[] = [];
  bench.io.of((_name, _auth, done) => decisions.push(() => done(null, false)));
  bench.io.of((_name, _auth, done) => decisions.push(() => done(null, true)));
  const client = bench.open();
  client.write("0/c,");
  decisions.shift()?.();
  leave(client);
  decisions.shift()?.();
  expect(decisions).toEqual([]);
  expect([...bench.io._nsps.keys()]).toEqual(["/"]);
  expect(client.sent).toEqual([]);
});

test("keeps empty children by default", () => {
  const bench = new Bench();
  bench.io.of(/^\/c/);
  const created = vi.fn();
  bench.io.on("new_namespace", created);
  bench.open().write("0/c,", "1/c,", "0/c,");
  expect(created).toHaveBeenCalledOnce();
});

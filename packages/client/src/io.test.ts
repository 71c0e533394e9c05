import { afterEach, expect, test } from "vitest";
import * as client from "./index.ts";
import { "module.exports" as required } from "./index.ts";
import { createIo, type Lookup } from "./io.ts";
import { ManagerCore } from "./manager.ts";
import type { ManagerOptions } from "./options.ts";
import { Rig } from "./testing/fake-engine.ts";

const made: { uri: string; options: ManagerOptions }[] = [];
afterEach(() => void made.splice(0));

function lookup(): Lookup {
  function Manager(uri: string, options: ManagerOptions): ManagerCore {
    made.push({ uri, options });
    return new Rig(options).manager;
  }
  return createIo(Manager as unknown as new (uri: string, options: ManagerOptions) => ManagerCore);
}

test("namespaces of one server share a manager", () => {
  const io = lookup();
  const chat = io("http://localhost:3000/chat");
  const admin = io("http://localhost:3000/admin?x=1");
  expect(chat.nsp).toBe("/chat");
  expect(admin.nsp).toBe("/admin");
  expect(admin.io).toBe(chat.io);
  expect(made).toEqual([{ uri: "http://localhost:3000/chat", options: {} }]);
});

test("the same namespace again, another path and a wish to be alone get managers of their own", () => {
  const io = lookup();
  const first = io("http://localhost/chat");
  const others = [
    io("http://localhost/chat"),
    io("http://localhost/other", { path: "/elsewhere" }),
    io("http://localhost/a", { forceNew: true }),
    io("http://localhost/b", { multiplex: false }),
    io("http://localhost/c", { "force new connection": true }),
    io("https://localhost/d"),
  ];
  expect(new Set([first, ...others].map((socket) => socket.io)).size).toBe(7);
  // those did not take the shared one's place
  expect(io("http://localhost/e").io).toBe(first.io);
});

test("the URL may be left out", () => {
  const io = lookup();
  io({ path: "/x" });
  io(undefined, { forceNew: true });
  expect(made.map(({ uri }) => uri)).toEqual(["http://localhost", "http://localhost"]);
});

test("the function carries what require() and script tags need", () => {
  const { io } = client;
  expect(client.default).toBe(io);
  expect(client.connect).toBe(io);
  expect(required).toBe(io);
  expect({ ...io }).toMatchObject({
    io,
    connect: io,
    default: io,
    Manager: client.Manager,
    Socket: client.Socket,
    protocol: 5,
  });
});

test("a manager may be given its options alone", () => {
  const manager = new client.Manager({ autoConnect: false, path: "/x" });
  expect(manager).toBeInstanceOf(ManagerCore);
  expect(manager.opts.path).toBe("/x");
  expect(manager.socket("/")).toBeInstanceOf(client.Socket);
});

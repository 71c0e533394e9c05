import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { channels, pairs } from "../ends.ts";
import { startRig } from "../rig.ts";

/**
 * Whether everything that the incumbent declares is declared by ours, and exists when it runs: compared by its own
 * declarations, so that a release of the incumbent that brings something new is noticed. Needs `pnpm run build` first.
 */
const declarations = {
  incumbent: fileURLToPath(import.meta.resolve("socket.io").replace("wrapper.mjs", "dist/index.d.ts")),
  ours: fileURLToPath(new URL("../../packages/server/dist/index.d.ts", import.meta.url)),
  incumbentEngine: fileURLToPath(import.meta.resolve("engine.io").replace("wrapper.mjs", "build/engine.io.d.ts")),
  ourEngine: fileURLToPath(new URL("../../packages/engine.io/dist/index.d.ts", import.meta.url)),
};

/** What ours does not have: see `docs/compatibility.md`. */
const absent: Readonly<Record<string, readonly string[]>> = {
  Server: ["encoder"],
  // backends implement the contract `Adapter`: applications see rooms, and do not deliver
  "Namespace.adapter": [
    "init",
    "close",
    "addAll",
    "del",
    "delAll",
    "broadcast",
    "broadcastWithAck",
    "sockets",
    "fetchSockets",
    "addSockets",
    "delSockets",
    "disconnectSockets",
    "serverSideEmit",
    "persistSession",
    "restoreSession",
  ],
};

const program = ts.createProgram(Object.values(declarations), {
  module: ts.ModuleKind.NodeNext,
  types: ["node"],
  typeRoots: [fileURLToPath(new URL("../../node_modules/@types", import.meta.url))],
  skipLibCheck: true,
});
const checker = program.getTypeChecker();

function exportsOf(file: string): Map<string, ts.Symbol> {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`no declarations in ${file}`);
  const symbols = checker.getExportsOfModule(module);
  return new Map(symbols.map((symbol) => [symbol.name, resolved(symbol)]));
}

function resolved(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The type at `Server.engine`, say: a class, and what its instances have under a name. */
function typeAt(symbols: Map<string, ts.Symbol>, path: string): ts.Type {
  const [name = "", ...properties] = path.split(".");
  const symbol = symbols.get(name);
  if (symbol === undefined) throw new Error(`no type ${name}`);
  let type = checker.getDeclaredTypeOfSymbol(symbol);
  for (const property of properties) {
    const found = checker.getPropertyOfType(type, property);
    if (found === undefined) throw new Error(`${path}: no ${property}`);
    type = checker.getNonNullableType(checker.getTypeOfSymbol(found));
  }
  return type;
}

/** The members that applications may use; those with an underscore are nobody else's business. */
function membersOf(type: ts.Type): string[] {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const symbols = checker.getPropertiesOfType(type).filter(({ name, valueDeclaration }) => {
    const flags = valueDeclaration === undefined ? 0 : ts.getCombinedModifierFlags(valueDeclaration);
    return !name.startsWith("_") && (flags & hidden) === 0;
  });
  return symbols.map(({ name }) => name);
}

const theirs = exportsOf(declarations.incumbent);
const mine = exportsOf(declarations.ours);
const types = [...theirs].filter(([, { flags }]) => flags & ts.SymbolFlags.Type).map(([name]) => name);
/** Where the objects are that applications reach from others. */
const reachable = ["Server.engine", "Socket.client", "Socket.conn", "Socket.handshake", "Namespace.adapter"];

describe("declared as by the incumbent:", () => {
  test("the exports", () => {
    expect([...mine.keys()]).toEqual(expect.arrayContaining([...theirs.keys()]));
    expect(types.length).toBeGreaterThan(8);
  });

  for (const path of [...types, ...reachable]) {
    test(`the members of ${path}`, () => {
      const expected = membersOf(typeAt(theirs, path)).filter((name) => !absent[path]?.includes(name));
      expect(membersOf(typeAt(mine, path))).toEqual(expect.arrayContaining(expected));
    });
  }
});

describe("declared as by engine.io:", () => {
  const [engine, ourEngine] = [exportsOf(declarations.incumbentEngine), exportsOf(declarations.ourEngine)];

  test("the exports", () => {
    expect([...ourEngine.keys()]).toEqual(expect.arrayContaining([...engine.keys()]));
  });

  test.each(["AttachOptions", "BaseServer", "Server", "ServerOptions", "Socket"])("the members of %s", (path) => {
    const expected = membersOf(typeAt(engine, path));
    expect(expected.length).toBeGreaterThan(2);
    expect(membersOf(typeAt(ourEngine, path))).toEqual(expect.arrayContaining(expected));
  });
});

test("the reasons of a disconnect, declared as by the incumbent", () => {
  const reasons = typeAt(theirs, "DisconnectReason");
  expect(reasons.isUnion() && reasons.types.length).toBe(9);
  expect(checker.isTypeAssignableTo(reasons, typeAt(mine, "DisconnectReason"))).toBe(true);
});

test("what is declared exists in running servers", async () => {
  const [channel] = channels;
  if (channel === undefined) throw new Error("no channel");
  const found = [];
  for (const pair of pairs.filter(({ client }) => !client.ours)) {
    const rig = await startRig(pair, channel);
    const { socket } = await rig.link();
    const [remote] = await rig.io.fetchSockets();
    const objects: Readonly<Record<string, object | undefined>> = {
      Server: rig.io,
      Namespace: rig.io.sockets,
      Socket: socket,
      BroadcastOperator: rig.io.to("room"),
      RemoteSocket: remote,
      "Server.engine": rig.io.engine,
      "Socket.client": socket.client,
      "Socket.conn": socket.conn,
      "Socket.handshake": socket.handshake,
      "Namespace.adapter": rig.io.sockets.adapter,
    };
    const names = Object.entries(objects).flatMap(([path, object = {}]) =>
      membersOf(typeAt(theirs, path))
        .filter((name) => name in object && !absent[path]?.includes(name))
        .map((name) => `${path}.${name}`),
    );
    found.push(names);
  }
  const [expected = [], given] = found;
  expect(expected).toContain("Socket.handshake");
  expect(given).toEqual(expect.arrayContaining(expected));
});

import { createRequire } from "node:module";
import { resolveParser } from "@halyard/socket.io-parser";
import { describe, expect, test } from "vitest";
import * as module from "./index.ts";
import { Decoder, PacketType, parser, protocol } from "./index.ts";
import { pack } from "./pack.ts";

const incumbent = createRequire(import.meta.url)("socket.io-msgpack-parser");

test("constants are the incumbent's", () => {
  expect(protocol).toBe(incumbent.protocol);
  expect(PacketType).toEqual(incumbent.PacketType);
});

test("the default export is the module, for servers and clients of either make", () => {
  // the codec beneath is for other formats, not for the option `parser`
  const { default: whole, pack: _pack, unpack: _unpack, ...named } = module;
  expect(whole).toEqual(named);
  expect(Object.keys(incumbent).filter((name) => !(name in whole))).toEqual([]);
  expect(resolveParser(whole)).toBe(parser);
});

test("packets have the members of the incumbent's servers, in their order", () => {
  const expected = new incumbent.Encoder().encode({ type: 2, data: ["e", Buffer.of(1)], id: 7, nsp: "/admin" });
  const packet = { type: "event", namespace: "/admin", data: ["e", Buffer.of(1)], id: 7 } as const;
  expect(parser.encode(packet)).toEqual(expected);
});

describe("limits", () => {
  const message = pack({ type: 2, nsp: "/", data: ["e", [[]]] });

  test("bytes", () => {
    expect(() => parser.createDecoder({ maxPacketBytes: message.length }).write(message)).not.toThrow();
    expect(() => parser.createDecoder({ maxPacketBytes: message.length - 1 }).write(message)).toThrow(
      "packet exceeds maxPacketBytes",
    );
  });

  test("depth", () => {
    expect(() => parser.createDecoder({ maxDepth: 3 }).write(message)).not.toThrow();
    expect(() => parser.createDecoder({ maxDepth: 2 }).write(message)).toThrow("packet exceeds maxDepth");
  });

  test("arguments", () => {
    expect(() => parser.createDecoder({ maxArguments: 2 }).write(message)).not.toThrow();
    expect(() => parser.createDecoder({ maxArguments: 1 }).write(message)).toThrow("packet exceeds maxArguments");
  });

  test("namespace", () => {
    const named = pack({ type: 0, nsp: "/name" });
    expect(() => parser.createDecoder({ maxNamespaceLength: 5 }).write(named)).not.toThrow();
    expect(() => parser.createDecoder({ maxNamespaceLength: 4 }).write(named)).toThrow(
      "packet exceeds maxNamespaceLength",
    );
  });
});

test.each([["text"], [null], [{}], [5]])("the Decoder refuses %j as a message", (message) => {
  expect(() => new Decoder().add(message)).toThrow(expect.objectContaining({ code: "SOCKET_PARSE" }));
});

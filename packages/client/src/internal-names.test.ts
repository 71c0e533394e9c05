import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { INTERNAL_NAMES } from "../internal-names.ts";

const packages = join(import.meta.dirname, "../..");

/** Everything that objects of the platform, as far as Node.js has it, call their properties. */
function platformNames(): Set<string> {
  const names = new Set<string>();
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value: unknown = Reflect.get(globalThis, name);
    for (const holder of [value, Object(value).prototype])
      for (let level: unknown = Object(holder); level !== null; level = Reflect.getPrototypeOf(Object(level)))
        for (const property of Object.getOwnPropertyNames(level)) names.add(property);
  }
  return names;
}

function sources(...names: string[]): string {
  return names
    .flatMap((name) => {
      const folder = join(packages, name, "src");
      return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
        .map((file) => readFileSync(join(folder, file), "utf8"));
    })
    .join("\n");
}

test("no name is one of the platform's", () => {
  const names = platformNames();
  expect(INTERNAL_NAMES.filter((name) => names.has(name))).toEqual([]);
});

test("each is still there", () => {
  const text = sources("core", "engine.io-client", "engine.io-parser", "socket.io-parser", "client");
  expect(INTERNAL_NAMES.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

test("none is used as text", () => {
  const text = sources("core", "engine.io-client", "engine.io-parser", "socket.io-parser", "client");
  expect(INTERNAL_NAMES.filter((name) => text.includes(`"${name}"`))).toEqual([]);
});

test("no option and no packet has such a member", () => {
  const text = [
    readFileSync(join(packages, "client/src/options.ts"), "utf8").split("/** What may be changed")[0],
    readFileSync(join(packages, "client/src/typed-events.ts"), "utf8"),
    readFileSync(join(packages, "contracts/src/socket/parser.ts"), "utf8"),
    readFileSync(join(packages, "engine.io-client/src/options.ts"), "utf8").split("/** What differs between")[0],
    readFileSync(join(packages, "engine.io-client/src/events.ts"), "utf8"),
  ].join("\n");
  const members = new Set(Array.from(text.matchAll(/^ +(?:readonly )?(\w+)\??:/gm), ([, name]) => name));
  expect(members.size).toBeGreaterThan(50);
  expect(INTERNAL_NAMES.filter((name) => members.has(name))).toEqual([]);
});

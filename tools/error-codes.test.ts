import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** `docs/guide/errors.md` lists every code that programs can meet, and none that there is not. */
const root = fileURLToPath(new URL("../", import.meta.url));
const guide = readFileSync(join(root, "docs/guide/errors.md"), "utf8");

/** What a code looks like where it is made: thrown, told by a warning, or kept as a constant. */
const MADE = [
  /codedError\(\s*"([A-Z_]+)"/g,
  /\bcode: "([A-Z_]+)"/g,
  /\bcode: [^,]*\? "([A-Z_]+)" : "([A-Z_]+)"/g,
  /^(?:export )?const [A-Z_]+ = "([A-Z]+(?:_[A-Z]+)+)";$/gm,
];

/** Codes that are made of what a transport or a server said. */
const SAID =
  /^(?:HTTP_\d+|[A-Z]+_(?:POLL|POST|READ|WRITE)_ERROR|(?:WEBSOCKET|WEBTRANSPORT|PROBE)_ERROR|SESSION_ID_UNKNOWN|TRANSPORT_UNKNOWN|UNSUPPORTED_PROTOCOL_VERSION|CORS_OR_NETWORK|REQUEST_TIMEOUT|NO_TRANSPORTS_AVAILABLE)$/;

function madeCodes(): Set<string> {
  const packages = readdirSync(join(root, "packages")).filter((name) => name !== "conformance");
  const files = packages.flatMap((name) => {
    const folder = join(root, "packages", name, "src");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return sources.filter((file) => /(?<!\.test|\.test-d|\.fixture)\.ts$/.test(file)).map((file) => join(folder, file));
  });
  const codes = new Set<string>();
  for (const file of files)
    for (const pattern of MADE)
      for (const [, ...found] of withoutComments(readFileSync(file, "utf8")).matchAll(pattern))
        for (const code of found) codes.add(code);
  return codes;
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[^]*?\*\//g, "");
}

/** Those in the first column of a table. */
function documentedCodes(): Set<string> {
  const cells = [...guide.matchAll(/^\| (`[^|]*`) +\|/gm)].map(([, cell = ""]) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_\d]+)`/g)].map(([, code = ""]) => code)));
}

test("no code is missing", () => {
  const documented = documentedCodes();
  expect([...madeCodes()].filter((code) => !documented.has(code))).toEqual([]);
});

test("no code is listed that there is not", () => {
  const made = madeCodes();
  expect([...documentedCodes()].filter((code) => !made.has(code) && !SAID.test(code))).toEqual([]);
});

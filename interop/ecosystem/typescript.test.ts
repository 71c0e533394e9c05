import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { libraries, useApplication } from "./application.ts";

const root = new URL("../../", import.meta.url);
const native = fileURLToPath(new URL("node_modules/@typescript/native/bin/tsc", root));
const classic = fileURLToPath(new URL("node_modules/typescript/bin/tsc6", root));
const typeRoots = [fileURLToPath(new URL("node_modules/@types", root))];
const source = fileURLToPath(new URL("programs/typescript/application.ts", import.meta.url));
const statements = fileURLToPath(new URL("programs/typescript/statements.txt", import.meta.url));
const run = promisify(execFile);

const modes = [
  { name: "node16", compiler: native, files: ["esm.mts", "commonjs.cts"], options: { module: "node16" } },
  { name: "nodenext", compiler: native, files: ["esm.mts", "commonjs.cts"], options: { module: "nodenext" } },
  {
    name: "bundler",
    compiler: native,
    files: ["application.ts"],
    options: { module: "esnext", moduleResolution: "bundler" },
  },
  {
    name: "node10, the CommonJS of old configurations",
    compiler: classic,
    files: ["application.ts"],
    options: { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0", types: ["node"] },
  },
];

for (const library of libraries) {
  describe(`an application in TypeScript with the types of ${library}:`, () => {
    const application = useApplication(library);

    // once, to prove the program right
    for (const { name, compiler, files, options } of library === "ours" ? modes : modes.slice(0, 1)) {
      test(name, async () => {
        const { folder } = application;
        for (const file of files) {
          await copyFile(source, join(folder, file));
          expect(await compile(folder, compiler, file, options)).toBe("");
        }
      });
    }

    test("statements of all kinds, right and wrong", async () => {
      const { folder } = application;
      await writeFile(join(folder, "statements.mts"), await inBlocks(statements));
      expect(await compile(folder, native, "statements.mts", { module: "nodenext" })).toBe("");
    });
  });
}

/** What a compiler has to say about a file of a folder. */
async function compile(
  folder: string,
  compiler: string,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const common = { strict: true, noEmit: true, skipLibCheck: true, target: "es2022", types: ["node"], typeRoots };
  const compilerOptions = { ...common, ...options };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  return run(process.execPath, [compiler, "--pretty", "false", "--project", folder]).then(output, output);
}

/** A program of the three parts of a file: a beginning, statements that compile, and mistakes; each line in a block of its own. */
async function inBlocks(file: string): Promise<string> {
  const [beginning = "", right = "", wrong = ""] = (await readFile(file, "utf8")).trim().split("\n\n");
  const blocks = right.split("\n").map((line) => `{ ${line} }`);
  const mistakes = wrong.split("\n").map((line) => `// @ts-expect-error\n{ ${line} }`);
  expect([blocks.length > 100, mistakes.length > 50]).toEqual([true, true]);
  return [beginning, ...blocks, ...mistakes, "export {};", ""].join("\n");
}

function output({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return stdout + stderr;
}

import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
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
        for (const file of files) await copyFile(source, join(folder, file));
        const compilerOptions = {
          strict: true,
          noEmit: true,
          target: "es2022",
          types: ["node"],
          typeRoots,
          ...options,
        };
        const skipLibCheck = library === "incumbent" || compiler === classic; // its own do not pass; the old compiler is slow
        const tsconfig = { compilerOptions: { ...compilerOptions, skipLibCheck }, files };
        await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
        const compiled = run(process.execPath, [compiler, "--pretty", "false", "--project", folder]);
        expect(await compiled.then(output, output)).toBe("");
      });
    }
  });
}

function output({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return stdout + stderr;
}

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Snippet } from "./markdown.ts";

const root = new URL("../../", import.meta.url);
const run = promisify(execFile);

/**
 * What the compiler has to say about programs, each a module of its own, in a folder that has `node_modules`. JavaScript is checked as
 * TypeScript is in which parameters need no types.
 */
export async function complaintsOf(snippets: readonly Snippet[], folder: string): Promise<Map<Snippet, string[]>> {
  const complaints = new Map(snippets.map((snippet): [Snippet, string[]] => [snippet, []]));
  const files = new Map(snippets.map((snippet, index) => [`${index}.mts`, snippet]));
  for (const [file, { context, code }] of files)
    await writeFile(join(folder, file), `export {}; ${context.replaceAll("\n", " ")}\n${code}`);
  const outputs = ["js", "ts"].map(async (language) => {
    const ofLanguage = [...files].filter(([, snippet]) => snippet.language === language).map(([file]) => file);
    const config = join(folder, `tsconfig.${language}.json`);
    await writeFile(config, JSON.stringify(configuration(ofLanguage, language === "ts")));
    return compile(config);
  });
  for (const line of (await Promise.all(outputs)).join("\n").split("\n")) {
    const [, file = "", row = "", complaint = ""] = /(\d+\.mts)\((\d+),\d+\): (.*)/.exec(line) ?? [];
    const snippet = files.get(file);
    if (snippet !== undefined) complaints.get(snippet)?.push(`line ${snippet.line + Number(row) - 2}: ${complaint}`);
    else if (line.includes("error")) throw new Error(line);
  }
  return complaints;
}

function configuration(files: readonly string[], typed: boolean): object {
  const compilerOptions = {
    strict: true,
    noImplicitAny: typed,
    useUnknownInCatchVariables: typed,
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
    module: "nodenext",
    types: ["node"],
    typeRoots: [fileURLToPath(new URL("node_modules/@types", root))],
    noEmit: true,
    skipLibCheck: true,
  };
  return { compilerOptions, files: [...files, fileURLToPath(new URL("others.d.ts", import.meta.url))] };
}

async function compile(config: string): Promise<string> {
  const compiler = fileURLToPath(new URL("node_modules/.bin/tsc", root));
  const result = run(compiler, ["--pretty", "false", "--project", config], { maxBuffer: 2 ** 24 });
  const { stdout, stderr } = await result.catch(
    (failure: { readonly stdout: string; readonly stderr: string }) => failure,
  );
  return stdout + stderr;
}

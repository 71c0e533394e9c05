import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { complaintsOf } from "./snippets/compiler.ts";
import { documents, snippetsOf, type Snippet } from "./snippets/markdown.ts";

/** Every program in our Markdown compiles, and those that are whole do what they say. It needs `pnpm run build` first. */
const snippets = documents().flatMap(snippetsOf);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "snippets-"));
  await linkPackages(join(folder, "node_modules"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("compiles", () => {
  let complaints: ReadonlyMap<Snippet, readonly string[]>;

  beforeAll(async () => {
    complaints = await complaintsOf(snippets, folder);
  });

  test.each(snippets.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const))("%s", (_, snippet) => {
    expect(complaints.get(snippet)).toEqual([]);
  });
});

describe("does what it says", () => {
  test.each([...wholePrograms()])("%s", async (_name, together) => {
    const ports: Record<number, number> = {};
    for (const server of together.filter(({ prints }) => prints === undefined))
      Object.assign(ports, await start(server, ports).serving());
    const talking = together.filter(({ prints }) => prints !== undefined);
    await Promise.all(talking.map((client) => start(client, ports).printed()));
  });
});

/** The programs that are run, and those that are run together under one name. */
function wholePrograms(): Map<string, Snippet[]> {
  const programs = new Map<string, Snippet[]>();
  for (const snippet of snippets.filter(({ run }) => run !== undefined)) {
    const name = `${snippet.file}: ${snippet.run}`;
    programs.set(name, [...(programs.get(name) ?? []), snippet]);
  }
  return programs;
}

/** Starts a program in a process of its own, for the length of the test. */
function start(snippet: Snippet, ports: object): { serving(): Promise<object>; printed(): Promise<string> } {
  const { outputText } = ts.transpileModule(snippet.code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const preload = new URL("snippets/ports.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", preload, "--input-type=module", "--eval", outputText], {
    cwd: folder,
    env: { ...process.env, SNIPPET_PORTS: JSON.stringify(ports) },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  let output = "";
  let serves: object | undefined;
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text));
  child.on("message", (told: object) => (serves = told));
  return {
    serving: () => until(() => serves),
    printed: () => until(() => (output.trim() === snippet.prints ? output : undefined)),
  };

  /** Waits for what the program says or prints; fails once it has ended without. */
  function until<Value>(find: () => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found !== undefined) resolve(found);
      };
      const giveUp = (): void => reject(new Error(`${snippet.file}:${snippet.line} has printed\n${output}`));
      const timer = setTimeout(giveUp, PATIENCE_MS);
      onTestFinished(() => clearTimeout(timer));
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.on("message", look);
      child.once("close", giveUp);
      look();
    });
  }
}

/** A bound on waiting, far above what any program takes. */
const PATIENCE_MS = 60_000;

/** Links our packages, and those that the tests have, into a folder. */
async function linkPackages(nodeModules: string): Promise<void> {
  const ours = fileURLToPath(new URL("../packages", import.meta.url));
  const others = fileURLToPath(new URL("node_modules", import.meta.url));
  const tools = fileURLToPath(new URL("../node_modules", import.meta.url));
  const links: [name: string, target: string][] = [["vitest", join(tools, "vitest")]];
  for (const name of await readdir(ours)) links.push([`@halyard/${name}`, join(ours, name)]);
  for (const name of [
    "@opentelemetry/api",
    "@opentelemetry/sdk-metrics",
    "express",
    "ioredis",
    "prom-client",
    "redis",
    "socket.io-msgpack-parser",
  ])
    links.push([name, join(others, name)]);
  for (const [name, target] of links) {
    const link = join(nodeModules, name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
}

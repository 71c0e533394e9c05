import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { once } from "../events.ts";

/** Which package an application gets under the name `socket.io`, and which under `engine.io`. */
export type Library = "incumbent" | "ours";

/** The incumbent comes first: it proves that a test is right. */
export const libraries: readonly Library[] = ["incumbent", "ours"];

/** A folder with programs and `node_modules`, as npm would have laid it out. */
export interface Application {
  readonly folder: string;
  /** Starts a program that tells its port (`programs/lifecycle.mjs`); it ends with the test. */
  start(program: string, environment?: Readonly<Record<string, string>>): Promise<RunningProgram>;
  /** The same program for all tests of the file, started when it is first asked for. */
  share(program: string, environment?: Readonly<Record<string, string>>): Promise<RunningProgram>;
}

/** A program of an application in a process of its own. */
export interface RunningProgram {
  readonly port: number;
  readonly url: string;
  /** Sends a question to the program and returns its answer. */
  readonly ask: (question: string) => Promise<any>;
  /** Asks the program to close its server; resolves with the exit code once nothing keeps it alive any more. */
  readonly close: () => Promise<number>;
  /** What it has printed so far. */
  readonly output: () => string;
}

const interop = fileURLToPath(new URL("../", import.meta.url));
const programs = fileURLToPath(new URL("programs", import.meta.url));
/** Our packages, by the names that they are installed under. */
const aliases = [
  {
    name: "socket.io",
    package: resolve(interop, "../packages/server"),
    parts: ["package.json", "dist", "client-dist"],
  },
  { name: "engine.io", package: resolve(interop, "../packages/engine.io"), parts: ["package.json", "dist"] },
];

/** Packages that import `socket.io` themselves, and so have to lie beside the one that the application gets. */
const dependants = [
  "@nestjs/platform-socket.io",
  "@socket.io/admin-ui",
  "@socket.io/cluster-adapter",
  "@socket.io/sticky",
];

/** Lays an application out before the tests of a file or group, and removes it after them. */
export function useApplication(library: Library): Application {
  const ends: (() => Promise<void>)[] = [];
  const shared = new Map<string, Promise<RunningProgram>>();
  const application: Application & { folder: string } = {
    folder: "",
    start: (program, environment = {}) => run(join(application.folder, program), environment, onTestFinished),
    share(program, environment = {}) {
      const key = JSON.stringify([program, environment]);
      const running = shared.get(key) ?? run(join(application.folder, program), environment, (end) => ends.push(end));
      shared.set(key, running);
      return running;
    },
  };
  beforeAll(async () => {
    application.folder = await layOut(library);
  });
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
    await rm(application.folder, { recursive: true, force: true });
  });
  return application;
}

/**
 * What `"socket.io": "npm:@halyard/server"` leads to with npm: our package, as published, in `node_modules/socket.io`, where
 * everybody who asks for `socket.io` finds it: the application, its dependencies, instrumentation that goes by file names.
 * Node.js looks for modules from where a file really is, so links do for all packages but those that import `socket.io`.
 * A fixture with an alias in the workspace would show less: pnpm resolves a dependency's own `socket.io` apart, and keeps an
 * aliased package under its own name. Module hooks would show nothing of `exports`, and Jest does not know them.
 */
async function layOut(library: Library): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `application-${library}-`));
  const modules = join(folder, "node_modules");
  await cp(programs, folder, { recursive: true });
  await mkdir(modules);
  const neighbours = [join(interop, "node_modules")];
  for (const { name, package: source, parts } of library === "ours" ? aliases : []) {
    for (const part of parts) await cp(join(source, part), join(modules, name, part), { recursive: true });
    neighbours.push(join(source, "node_modules"));
  }
  for (const name of dependants) {
    const installed = await realpath(join(interop, "node_modules", name));
    await cp(installed, join(modules, name), { recursive: true });
    neighbours.push(installed.slice(0, -join(sep, name).length));
  }
  for (const neighbour of neighbours) await linkAll(neighbour, modules);
  return folder;
}

/** Links what lies in one `node_modules` into another, where there is nothing of that name yet. */
async function linkAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (name.startsWith(".")) continue;
    if (name.startsWith("@")) await linkAll(join(from, name), join(to, name));
    else if (!existsSync(join(to, name))) {
      await mkdir(to, { recursive: true });
      await symlink(await realpath(join(from, name)), join(to, name));
    }
  }
}

/** Starts a program; `endLater` gets what ends it. */
async function run(
  program: string,
  environment: Readonly<Record<string, string>>,
  endLater: (end: () => Promise<void>) => unknown,
): Promise<RunningProgram> {
  const child = fork(program, {
    cwd: dirname(program),
    execArgv: [], // without the conditions that lead this process to our sources
    env: { PATH: process.env["PATH"], NODE_ENV: "test", ...environment }, // nothing of the test runner's
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => (printed += text.toString()));
  const ended = new Promise<number>((done) =>
    child.once("exit", (code, signal) => done(code ?? Number(signal === null))),
  );
  endLater(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const { port } = await answer(child, "listening", () => printed);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    ask: (question) => {
      const answered = answer(child, question, () => printed);
      child.send(question);
      return answered.then(({ value }) => value);
    },
    close: () => {
      child.send("close");
      return ended;
    },
    output: () => printed,
  };
}

async function answer(child: ChildProcess, topic: string, printed: () => string): Promise<any> {
  for (;;) {
    const [message] = await once(child, "message", { unless: ["exit"] }).catch((cause: unknown) => {
      throw new Error(`the program did not answer "${topic}"; it printed:\n${printed()}`, { cause });
    });
    if (message.topic === topic) return message;
  }
}

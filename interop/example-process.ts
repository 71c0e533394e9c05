import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program of `examples/` in a process of its own. */
export interface ExampleProcess {
  readonly process: ChildProcessWithoutNullStreams;
  readonly exited: Promise<readonly unknown[]>;
  /** What it has printed so far. */
  readonly output: () => string;
}

/** One that serves. */
export interface RunningExample extends ExampleProcess {
  readonly url: string;
}

/** Runs a program, such as `chat/server.js`. It needs `pnpm run build` first. */
export function runExample(program: string, env: Readonly<Record<string, string>>): ExampleProcess {
  const path = fileURLToPath(new URL(`../examples/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path], { env: { ...process.env, ...env } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  }
  return { process: child, exited: once(child, "close"), output: () => printed };
}

/** Runs a program on a free port until it prints its address. */
export async function startExample(program: string): Promise<RunningExample> {
  const running = runExample(program, { PORT: "0" });
  const url = await new Promise<string>((resolve, reject) => {
    running.process.stdout.on("data", () => {
      const printed = /http:\/\/localhost:\d+/.exec(running.output());
      if (printed !== null) resolve(printed[0]);
    });
    void running.exited.then(() => reject(new Error(`${program} did not start. Was it built?\n${running.output()}`)));
  });
  return { ...running, url };
}

// A child process that answers calls over IPC: { id, call, ...arguments } → { id, ...result } or { id, error }.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const live = new Set();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/** Starts `file` (relative to bench/) and waits until it says that it is ready. */
export function launch(file, args = [], { env = {}, execArgv = [] } = {}) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = fork(path, args, {
    execArgv: ["--no-deprecation", ...execArgv],
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  live.add(child);
  const waiting = new Map();
  let lastId = 0;
  return new Promise((resolve, reject) => {
    child.on("message", (message) => {
      if (message.ready) return resolve({ ...message, call, kill });
      const { accept, refuse, timer } = waiting.get(message.id);
      waiting.delete(message.id);
      clearTimeout(timer);
      if (message.error) refuse(new Error(message.error));
      else accept(message);
    });
    child.on("exit", (code, signal) => {
      live.delete(child);
      const error = new Error(`${file} ${args[0] ?? ""} ended: ${signal ?? `exit code ${code}`}`);
      reject(error);
      for (const { refuse, timer } of waiting.values()) {
        clearTimeout(timer);
        refuse(error);
      }
      waiting.clear();
    });
  });

  function call(name, args = {}, timeoutMs = 300_000) {
    return new Promise((accept, refuse) => {
      const id = ++lastId;
      const timer = setTimeout(() => {
        waiting.delete(id);
        refuse(new Error(`${file}: "${name}" gave no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      waiting.set(id, { accept, refuse, timer });
      child.send({ ...args, call: name, id });
    });
  }

  function kill() {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((done) => {
      child.once("exit", done);
      child.kill("SIGKILL");
    });
  }
}

/** The other side: answers calls with the given functions, and ends with the parent. */
export function serve(functions, ready = {}) {
  process.on("message", async ({ id, call, ...args }) => {
    try {
      process.send({ id, ...(await functions[call](args)) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.send({ ready: true, ...ready });
}

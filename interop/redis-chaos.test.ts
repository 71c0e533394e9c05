import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";

/** A few seconds of `programs/chaos.mjs`, always the same ones. */
async function chaos(...args: readonly string[]): Promise<any> {
  const short = [
    "--clients",
    "30",
    "--processes",
    "1",
    "--incidents",
    "3",
    "--pause",
    "300",
    "--kinds",
    "kill,redis",
    "--seed",
    "2",
  ];
  const child = fork(join(import.meta.dirname, "programs/chaos.mjs"), [...short, ...args], {
    execArgv: [],
    stdio: ["ignore", "pipe", "ignore", "ipc"],
  });
  onTestFinished(() => void child.kill());
  const [output] = await Promise.all([child.stdout === null ? "" : text(child.stdout), once(child, "exit")]);
  return JSON.parse(output);
}

test("over streams everybody goes on while servers and Redis are killed, and nothing is lost or comes twice", async () => {
  const result = await chaos("--adapter", "streams");
  expect(result).toMatchObject({ clients: 30, lost: 0, missingAtEnd: 0, disordered: 0, repeated: 0 });
  expect(result).toMatchObject({ gaps: 0, dropped: 0, raised: [] });
  expect(result).toMatchObject({ failures: {}, recovered: result.returns });
  expect(result.returns).toBeGreaterThan(0);
});

test("over pub/sub nothing comes twice, and whatever is lost is told", async () => {
  const result = await chaos("--adapter", "pubsub");
  expect(result).toMatchObject({ clients: 30, untold: 0, repeated: 0, raised: [] });
  expect(result.returns).toBeGreaterThan(0);
});

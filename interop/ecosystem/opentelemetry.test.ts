import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { once } from "../events.ts";
import { libraries, useApplication, type Application } from "./application.ts";
import { connect } from "./client.ts";

/** What an instrumented server has traced of one exchange. */
async function spans(application: Application, environment?: Readonly<Record<string, string>>): Promise<string[]> {
  const { url, ask } = await application.start("opentelemetry.cjs", environment);
  const client = connect(url);
  const heard = [once(client, "direct"), once(client, "room")];
  expect(await client.emitWithAck("echo", 1)).toBe(1);
  expect(await Promise.all(heard)).toEqual([[1], [1]]);
  return ask("spans");
}

/**
 * OpenTelemetry's instrumentation goes by the package's version, which it wants to be 3 or 4, and patches classes in files
 * of the incumbent's own `dist`, which ours has not; of the package's exports it patches `Server` alone.
 */
describe("instrumented by OpenTelemetry,", () => {
  const [incumbent, ours] = libraries.map((library) => useApplication(library));
  if (incumbent === undefined || ours === undefined) throw new Error("two libraries");

  test("the incumbent traces connections and events both ways", async () => {
    const traced = await spans(incumbent);
    expect(traced.toSorted()).toEqual(["receive /: connection", "receive /: echo", "send /: direct", "send /: room"]);
  });

  test("ours works, and traces nothing", async () => {
    expect(await spans(ours)).toEqual([]);
  });

  test("ours traces all of it once the instrumentation is given the classes", async () => {
    const traced = await spans(ours, { TRACES: "classes" });
    // broadcasts do not say which namespace they are for
    expect(traced.toSorted()).toEqual([
      "receive /: connection",
      "receive /: echo",
      "send /: direct",
      "send undefined: room",
    ]);
  });

  test("ours would trace connections under a version that is asked for", async () => {
    const manifest = join(ours.folder, "node_modules/socket.io/package.json");
    const contents = JSON.parse(await readFile(manifest, "utf8")) as object;
    await writeFile(manifest, JSON.stringify({ ...contents, version: "4.8.4" }));
    expect(await spans(ours)).toEqual(["receive /: connection"]);
  });
});

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Socket as EngineClient } from "engine.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { channels } from "../channels.ts";
import { once } from "../events.ts";
import { libraries, useApplication } from "./application.ts";
import { connect } from "./client.ts";

const jest = fileURLToPath(import.meta.resolve("jest/bin/jest"));
const run = promisify(execFile);

const ways = [
  { name: "required and called", program: "modules/callable.cjs" },
  { name: "required, for its class", program: "modules/server-property.cjs" },
  { name: "imported by name", program: "modules/named.mjs" },
];

for (const library of libraries) {
  describe(`${library} is`, () => {
    const application = useApplication(library);
    // the incumbent has no default export
    const all = library === "ours" ? [...ways, { name: "imported whole", program: "modules/default.mjs" }] : ways;

    for (const { name, program } of all) {
      test(name, async () => {
        const { url, close, output } = await application.start(program);
        for (const { options } of channels) {
          const client = connect(url, { path: "/path", ...options });
          expect(await once(client, "hello", { unless: ["connect_error"] })).toEqual(["string"]);
        }
        expect(await close()).toBe(0);
        expect(output()).toBe("");
      });
    }

    for (const program of ["modules/engine-attached.cjs", "modules/engine-handled.mjs"]) {
      test(`with an engine of its own: ${program}`, async () => {
        const { url, close, output } = await application.start(program);
        for (const { options } of channels) {
          const client = new EngineClient(url, options);
          onTestFinished(() => void client.close());
          await once(client, "open", { unless: ["error"] });
          for (const message of ["hello", Buffer.from([1, 2])]) {
            const echoed = once(client, "message");
            client.send(message);
            expect((await echoed)[0]).toEqual(message);
          }
          if (options.transports === undefined && client.transport.name !== "websocket") await once(client, "upgrade");
          client.close();
        }
        expect(await close()).toBe(0);
        expect(output()).toBe("");
      });
    }

    test("tested with Jest", async () => {
      const rootDir = join(application.folder, "jest");
      const config = { rootDir, testEnvironment: "node", cache: false, watchman: false };
      const environment = { ...process.env, NODE_OPTIONS: "", NODE_ENV: "test" };
      const options = { cwd: rootDir, env: environment };
      const args = [jest, "--runInBand", "--no-colors", "--config", JSON.stringify(config)];
      const { stderr } = await run(process.execPath, args, options);
      expect(stderr).toContain("Tests:       5 passed, 5 total");
      expect(stderr).not.toContain("did not exit");
    });
  });
}

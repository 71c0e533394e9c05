import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { serverEnds } from "./ends.ts";
import { once } from "./events.ts";
import { expectScenario, startScenario, type Seen } from "./scenario.ts";

/** A file of `@halyard/client` that pages and workers load as it is. */
interface Build {
  readonly file: string;
  readonly module?: boolean;
  readonly msgpack?: boolean;
  readonly path: string;
}

const UPGRADE = "polling → websocket";

const builds: readonly Build[] = [
  { file: "socket.io.js", path: UPGRADE },
  { file: "socket.io.min.js", path: UPGRADE },
  { file: "socket.io.esm.min.js", path: UPGRADE, module: true },
  { file: "socket.io.msgpack.min.js", path: UPGRADE, msgpack: true },
  { file: "socket.io.websocket.min.js", path: "websocket" },
  { file: "socket.io.websocket.esm.min.js", path: "websocket", module: true },
];

type Outcome = { readonly seen: Seen } | { readonly error: string };

const require = createRequire(import.meta.url);
const dist = join(require.resolve("@halyard/client/package.json"), "../dist");
const programs = join(import.meta.dirname, "programs");
let browser: Browser;
let pages: HttpServer;
let origin: string;

beforeAll(async () => {
  browser = await launchChromium();
  pages = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://pages");
    const [, folder, file] = pathname.split("/");
    if (folder === "dist" || folder === "programs") {
      void readFile(join(folder === "dist" ? dist : programs, file ?? "")).then((script) =>
        response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script),
      );
    } else if (folder === "worker.js") {
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(searchParams.get("code"));
    } else response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>page</title>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  pages?.close();
});

for (const end of serverEnds) {
  describe(`server ${end.name}`, () => {
    for (const build of builds) {
      test(`${build.file} in a page`, async () => {
        const url = await startScenario(end, build.msgpack === true);
        const page = await openPage();
        const run = `runScenario(io, ${JSON.stringify(url)}).then((seen) => (window.outcome = { seen }), (error) => (window.outcome = { error: String(error) }));`;
        await page.addScriptTag({ url: `${origin}/programs/scenario.js` });
        if (build.module)
          await page.addScriptTag({ type: "module", content: `import { io } from "/dist/${build.file}"; ${run}` });
        else {
          await page.addScriptTag({ url: `${origin}/dist/${build.file}` });
          await page.addScriptTag({ content: run });
        }
        await page.waitForFunction(() => "outcome" in window);
        expectOutcome(await page.evaluate(() => Reflect.get(window, "outcome") as Outcome), build.path);
      });

      test(`${build.file} in a web worker`, async () => {
        const url = await startScenario(end, build.msgpack === true);
        const page = await openPage();
        const outcome = await page.evaluate(
          ([script, type]) =>
            new Promise<Outcome>((resolve) => {
              const worker = new Worker(script ?? "", { type: type === "module" ? "module" : "classic" });
              worker.addEventListener("error", ({ message }) => resolve({ error: message }));
              worker.addEventListener("message", ({ data }) => resolve(data as Outcome));
            }),
          [workerScript(build, `run(${JSON.stringify(url)}).then(postMessage);`), build.module ? "module" : "classic"],
        );
        expectOutcome(outcome, build.path);
      });
    }

    for (const [name, transports, path] of [
      ["WebSocket", "[WebSocket]", "websocket"],
      ["fetch", "[Fetch]", "polling"],
      ["fetch and the upgrade", "[Fetch, WebSocket]", UPGRADE],
    ] as const) {
      test(`socket.io.esm.min.js in a service worker, over ${name}`, async () => {
        const url = await startScenario(end, false);
        const page = await openPage();
        const options = `{ transports: ${transports} }`;
        const code = [
          'import { io, Fetch, WebSocket } from "/dist/socket.io.esm.min.js";',
          'import "/programs/scenario.js";',
          'addEventListener("message", (event) => event.waitUntil(',
          `  runScenario(io, ${JSON.stringify(url)}, ${options}).then((seen) => ({ seen }), (error) => ({ error: String(error) }))`,
          "    .then((outcome) => event.source.postMessage(outcome))));",
        ].join("\n");
        const outcome = await page.evaluate(
          async (script) => {
            const registration = await navigator.serviceWorker.register(script, { type: "module" });
            const worker = registration.active ?? registration.waiting ?? registration.installing;
            return new Promise<Outcome>((resolve) => {
              navigator.serviceWorker.addEventListener("message", ({ data }) => resolve(data as Outcome));
              navigator.serviceWorker.startMessages();
              worker?.postMessage("run");
            });
          },
          `/worker.js?code=${encodeURIComponent(code)}`,
        );
        expectOutcome(outcome, path);
      });
    }
  });
}

describe.each(serverEnds)("server $name", (end) => {
  test.each([
    ["import", "@halyard/client", UPGRADE],
    ["require", "@halyard/client", UPGRADE],
    ["import", "@halyard/client/debug", UPGRADE],
    ["import", "@halyard/client/websocket", "websocket"],
    ["require", "@halyard/client/websocket", "websocket"],
  ])("%s of %s in Node.js", async (how, entry, path) => {
    const url = await startScenario(end, false);
    expectScenario(await run("node-client.mjs", [], [url, entry, how]), path);
  });

  test.each([
    ["@halyard/client", {}, UPGRADE],
    ["@halyard/client", { transports: ["polling"] }, "polling"],
    ["@halyard/client", { transports: ["websocket"] }, "websocket"],
    ["@halyard/client/websocket", {}, "websocket"],
  ])("%s in React Native, with %j", async (entry, options, path) => {
    const url = await startScenario(end, false);
    const args = [url, entry, JSON.stringify(options)];
    expectScenario(await run("react-native.mjs", ["--conditions=react-native"], args), path);
  });
});

/** Runs a program with Node.js alone, without what the test runner adds to it, and returns what it saw. */
async function run(program: string, flags: readonly string[], args: readonly string[]): Promise<Seen> {
  const env = { ...process.env, NODE_OPTIONS: "" };
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(programs, program), ...args], { env });
  return JSON.parse(stdout) as Seen;
}

function expectOutcome(outcome: Outcome, path: string): void {
  if ("error" in outcome) throw new Error(outcome.error);
  expectScenario(outcome.seen, path);
}

async function openPage(): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  await page.goto(origin);
  return page;
}

/** The URL of a script that loads a build and the scenario, and then does something with `run(url)`. */
function workerScript({ file, module }: Build, then: string): string {
  const scripts = ["/programs/scenario.js", `/dist/${file}`];
  const load = module
    ? `import "${scripts[0]}"; import { io } from "${scripts[1]}";`
    : `importScripts(${JSON.stringify(scripts).slice(1, -1)});`;
  const run =
    "const run = (url) => runScenario(io, url).then((seen) => ({ seen }), (error) => ({ error: String(error) }));";
  return `/worker.js?code=${encodeURIComponent(`${load}\n${run}\n${then}`)}`;
}

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";

/** The documentation as people open it. It needs `pnpm docs:build` first. */
const site = new URL("../site/", import.meta.url);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One page of each kind. */
const pages = [
  "index.html",
  "documents/errors.html",
  "modules/_halyard_redis-adapter.html",
  "interfaces/_halyard_server.ConnectionStateRecoveryOptions.html",
];

let browser: Browser;

beforeAll(async () => {
  if (!existsSync(site)) throw new Error("there is no site/: run `pnpm docs:build`");
  browser = await launchChromium();
});
afterAll(() => browser?.close());

async function open(page: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(60_000); // far above what anything takes
  const opened = await context.newPage();
  await opened.goto(new URL(page, site).href);
  return opened;
}

test.each(pages)("%s can be read by everybody", async (page) => {
  expect(await violations(await open(page))).toEqual([]);
});

test("in the dark, too", async () => {
  const opened = await open("documents/server.html", { colorScheme: "dark" });
  expect(await violations(opened, ["color-contrast", "link-in-text-block"])).toEqual([]);
});

test.each([...pages, "documents/bench.html", "documents/compatibility.html"])("%s fits a phone", async (page) => {
  const opened = await open(page, { viewport: { width: 390, height: 844 } });
  expect(await opened.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test("guides and the API are searched, by keyboard", async () => {
  const opened = await open("index.html");
  await opened.keyboard.press("/");
  const input = opened.locator("#tsd-search-input");
  await input.waitFor();
  await input.fill("delivery guarantees");
  await result(opened, "Delivery guarantees and recovery").waitFor();
  await input.fill("connectionStateRecoveryOptions");
  await result(opened, "ConnectionStateRecoveryOptions").waitFor();
  await input.press("ArrowDown");
  await input.press("Enter");
  await opened.waitForURL(/ConnectionStateRecoveryOptions/);
});

function result(page: Page, text: string): Locator {
  return page.locator("#tsd-search-results li", { hasText: text }).first();
}

/** What a page's readers may not be able to perceive or to operate; of all rules unless told which. */
async function violations(page: Page, only?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async (chosen) => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
    const results = await axe.run({
      resultTypes: ["violations"],
      ...(chosen && { runOnly: chosen }),
      // The theme's tree has links in what opens and closes a branch; both can be reached by keyboard.
      ...(!chosen && { rules: { "nested-interactive": { enabled: false } } }),
    });
    return results.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, only);
}

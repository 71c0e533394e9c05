import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { once } from "./events.ts";
import { startExample, type RunningExample } from "./example-process.ts";

/** What `examples/` shows, as people use it: built packages, real pages, stock clients. */
const ours = join(createRequire(import.meta.url).resolve("@halyard/client/package.json"), "../dist/socket.io.min.js");
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

/** Runs an example for as long as the tests around take. */
function use(program: string): { readonly url: string } {
  let example: RunningExample | undefined;
  beforeAll(async () => {
    example = await startExample(program);
  });
  afterAll(() => example?.process.kill("SIGKILL"));
  return {
    get url() {
      return example?.url ?? "";
    },
  };
}

/** A window with cookies of its own. */
async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

function dial(url: string, options: object = {}): Socket {
  const socket = io(url, { forceNew: true, transports: ["websocket"], ...options });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

describe("the board", () => {
  const example = use("board/server.js");

  /** Whether anything is drawn around a place, in parts of the board's sides. */
  function isInked([canvas, x, y]: readonly [string, number, number]): boolean {
    const board = document.querySelector(canvas) as HTMLCanvasElement;
    const { data } = board.getContext("2d")!.getImageData(x * board.width - 5, y * board.height - 5, 10, 10);
    return data.some((value) => value !== 0);
  }
  const inks = (page: Page, x: number, y: number): Promise<unknown> =>
    page.waitForFunction(isInked, ["#canvas", x, y] as const);

  async function drawLine(page: Page): Promise<void> {
    const box = (await page.locator("#canvas").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.3, { steps: 20 });
    await page.mouse.up();
  }

  test("shows what others draw, also to those who come later, until it is cleared", async () => {
    const [ada, grace] = [await open(`${example.url}/#a`), await open(`${example.url}/#a`)];
    for (const page of [ada, grace]) await page.locator("#status", { hasText: "2 people are here" }).waitFor();
    await drawLine(ada);
    for (const x of [0.2, 0.5, 0.8]) await inks(grace, x, 0.3);
    const late = await open(`${example.url}/#a`);
    await inks(late, 0.5, 0.3);
    expect(await late.evaluate(isInked, ["#canvas", 0.5, 0.8] as const)).toBe(false);
    await grace.locator("#clear").click();
    for (const page of [ada, late])
      await page.waitForFunction(() => {
        const board = document.querySelector("#canvas") as HTMLCanvasElement;
        return board
          .getContext("2d")!
          .getImageData(0, 0, 1000, 1000)
          .data.every((value) => value === 0);
      });
  });

  test("passes on no bytes that are no strokes, and lets nobody onto a board without a name", async () => {
    const [ada, grace] = [dial(example.url, { auth: { board: "b" } }), dial(example.url, { auth: { board: "b" } })];
    await Promise.all([once(ada, "board"), once(grace, "board")]);
    const drawn = once(grace, "draw");
    const dot = Buffer.from([1, 6, 0, 1, 0x80, 0, 0x80, 0]);
    for (const wrong of [dot.subarray(1), Buffer.from([9, 6, 0, 1, 0, 0, 0, 0]), "text", null]) ada.emit("draw", wrong);
    ada.emit("draw", dot);
    expect((await drawn)[0]).toEqual(dot);
    expect((await once(dial(example.url), "connect_error"))[0].message).toBe("there is no such board");
  });
});

describe("the chat with React", () => {
  const example = use("chat-react/server.js");

  test("shows who is here, who types and what is said, once, also after a reconnection", async () => {
    const url = example.url.replace("localhost", "127.0.0.1"); // going offline says nothing of a localhost
    const [ada, grace] = [await open(url), await open(url)];
    for (const [page, name] of [
      [ada, "Ada"],
      [grace, "Grace"],
    ] as const) {
      await page.locator("[name=name]").fill(name);
      await page.locator("[name=name]").press("Enter");
      await page.locator("[role=status]", { hasText: "Connected" }).waitFor();
    }
    await ada.locator(".people", { hasText: "Grace" }).waitFor();
    const line = ada.locator("[aria-label='Your message']");
    await line.fill("hello");
    await grace.locator(".typing", { hasText: "Ada" }).waitFor();
    await line.press("Enter");
    for (const page of [ada, grace]) await page.locator("li", { hasText: "Ada hello" }).waitFor();
    await grace.context().setOffline(true);
    await grace.locator("[role=status]", { hasText: "Reconnecting" }).waitFor();
    await line.fill("are you there?");
    await line.press("Enter");
    await grace.context().setOffline(false);
    await grace.locator("li", { hasText: "are you there?" }).waitFor();
    expect(await grace.locator("li").allTextContents()).toEqual(["Ada hello", "Ada are you there?"]);
  });
});

describe("the login", () => {
  const example = use("session/server.js");

  test("lets a page in after its login, and all tabs out with its logout", async () => {
    const page = await open(example.url);
    await page.locator("#status", { hasText: "not logged in" }).waitFor();
    await page.locator("#name").fill("Ada");
    await page.locator("#name").press("Enter");
    await page.locator("#hello", { hasText: "Hello, Ada." }).waitFor();
    const tab = await page.context().newPage();
    await tab.goto(example.url);
    for (const [one, visits] of [
      [page, 1],
      [tab, 2],
    ] as const) {
      await one.locator("#visit").click();
      await one.locator("#status", { hasText: `This session has ${visits} visits.` }).waitFor();
    }
    await tab.locator("#logout").click();
    for (const one of [page, tab]) await one.locator("#status", { hasText: "logged out" }).waitFor();
    await page.reload();
    await page.locator("#status", { hasText: "not logged in" }).waitFor();
  });

  test("tells a stranger where to log in", async () => {
    const [error] = await once(dial(example.url), "connect_error");
    expect([error.message, error.data]).toEqual(["not logged in", { login: "/login" }]);
    expect((await fetch(`${example.url}/login`, { method: "POST" })).status).toBe(400);
  });
});

describe("the poll", () => {
  const example = use("poll/server.js");

  test("counts votes in every window", async () => {
    const [ada, grace] = [await open(example.url), await open(example.url)];
    for (const page of [ada, grace]) await page.locator("#status", { hasText: "Connected." }).waitFor();
    await ada.locator("[data-drink=tea]").click();
    await grace.locator("[data-drink=tea]").click();
    for (const page of [ada, grace]) await page.locator("[data-drink=tea]", { hasText: "Tea: 2" }).waitFor();
    expect(await dial(example.url).emitWithAck("vote", "constructor")).toEqual({ error: "there is no such drink" });
  });
});

describe("the NestJS gateway", () => {
  const example = use("nest/dist/main.js");

  test("runs on Halyard, and knows nothing of it", async () => {
    const [ada, grace] = [dial(`${example.url}/orders`), dial(`${example.url}/orders`)];
    expect(await Promise.all([once(ada, "orders"), once(grace, "orders")])).toEqual([[[]], [[]]]);
    const ordered = once(grace, "ordered");
    const refused = once(ada, "exception");
    ada.emit("order", 7);
    expect((await refused)[0]).toMatchObject({ status: "error", message: "an item is needed" });
    expect(await ada.emitWithAck("order", "tea")).toEqual({ id: 1, item: "tea" });
    expect(await ordered).toEqual([{ id: 1, item: "tea" }]);
    const served = await (await fetch(`${example.url}/socket.io/socket.io.min.js`)).text();
    expect(served === (await readFile(ours, "utf8"))).toBe(true);
  });
});

import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Browser, Locator, Page } from "playwright-core";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { runExample, startExample, type RunningExample } from "./example-process.ts";

// The live demo as people use it: the built packages, a real browser, two tabs.
const program = "chat/server.js";

/** A picture of 3 × 2 pixels. */
const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR42mP4vyMbghjgLACDhAzNs70gfgAAAABJRU5ErkJggg==",
  "base64",
);

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

describe("two tabs", () => {
  let demo: RunningExample;
  let ada: Page;
  let grace: Page;
  let rooms = 0;

  beforeAll(async () => {
    demo = await startExample(program);
    [ada, grace] = await Promise.all([join(demo, "Ada"), join(demo, "Grace")]);
  });
  // Each test has a room of its own.
  beforeEach(async () => {
    const room = `room-${(rooms += 1)}`;
    for (const page of [ada, grace]) await page.goto(`${demo.url}/#${room}`);
    for (const page of [ada, grace]) await page.locator("#room-people", { hasText: "2 people here" }).waitFor();
  });
  afterAll(async () => {
    await closeTabs();
    demo.process.kill("SIGKILL");
  });

  test("end up on WebSocket, and show the upgrade", async () => {
    expect(await ada.locator("#path li").allTextContents()).toEqual(["polling", "websocket"]);
    expect(await ada.locator("#upgrade").textContent()).toMatch(/^Upgraded after [\d.]+ ms/);
    expect(await ada.locator("#link-title").textContent()).toBe("Connected");
    await ada.locator("#rtt", { hasText: /^[\d.]+ ms$/ }).waitFor();
  });

  test("see who is here, and who leaves", async () => {
    expect(await grace.locator("#people .person-name").allTextContents()).toEqual(["Grace", "Ada"]);
    const edith = await join(demo, "Edith", await roomOf(ada));
    await grace.locator("#people li", { hasText: "Edith" }).waitFor();
    await edith.close();
    await grace.locator("#room-people", { hasText: "2 people here" }).waitFor();
    expect(await grace.locator("#people .person-name").allTextContents()).toEqual(["Grace", "Ada"]);
  });

  test("see a message, and the sender sees that it was delivered", async () => {
    await say(ada, "Hello from Ada <b>");
    await bubble(grace, "Hello from Ada <b>").waitFor();
    const own = bubble(ada, "Hello from Ada <b>").and(ada.locator("[data-status=delivered]"));
    await own.waitFor();
    expect(await own.locator(".tick").getAttribute("title")).toBe("Delivered to 1 of 1");
    expect(await own.locator(".icon-checks").count()).toBe(1);
  });

  test("see who is typing, until the message is there", async () => {
    await grace.locator("#text").pressSequentially("Hm");
    await ada.locator("#typing", { hasText: "Grace is typing…" }).waitFor();
    await grace.locator("#text").press("Enter");
    await bubble(ada, "Hm").waitFor();
    await ada.locator("#typing:empty").waitFor({ state: "attached" });
  });

  test("exchange a picture as binary", async () => {
    await ada.setInputFiles("#file", { name: "tiny.png", mimeType: "image/png", buffer: picture });
    await ada.locator("#preview-size", { hasText: "3 × 2" }).waitFor();
    await say(ada, "Look");
    const image = bubble(grace, "Look").locator("img");
    await image.waitFor();
    const shown = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      return { width: element.naturalWidth, height: element.naturalHeight, scheme: new URL(element.src).protocol };
    });
    expect(shown).toEqual({ width: 3, height: 2, scheme: "blob:" });
  });

  test("are told when a picture is too large, and may send a smaller copy", async () => {
    const buffer = Buffer.concat([picture, Buffer.alloc(600 * 1024)]);
    await ada.setInputFiles("#file", { name: "large.png", mimeType: "image/png", buffer });
    await ada.locator("#note-text", { hasText: "“large.png” is 600 kB. Pictures can be at most 512 kB." }).waitFor();
    await ada.locator("#note-action").click();
    await ada.locator("#preview").waitFor();
    expect(await ada.locator("#note").isVisible()).toBe(false);
  });

  test("reconnect by themselves after a cut, and send once what was written meanwhile", async () => {
    const reconnections = Number(await ada.locator("#reconnections").textContent());
    await ada.locator("#cut").click();
    await ada.locator("#banner[data-tone=bad]").waitFor();
    expect(await ada.locator("#link-title").textContent()).toBe("Reconnecting");
    await say(ada, "Written while cut");
    expect(await bubble(ada, "Written while cut").getAttribute("data-status")).toBe("waiting");
    await say(grace, "Missed by Ada");
    await confirmed(grace, "Missed by Ada");

    await ada.locator("#banner[data-tone=good]", { hasText: "1 waiting message sent" }).waitFor();
    await bubble(ada, "Written while cut").and(ada.locator("[data-status=delivered]")).waitFor();
    await bubble(ada, "Missed by Ada").waitFor();
    expect(Number(await ada.locator("#reconnections").textContent())).toBe(reconnections + 1);
    await onWebSocket(ada);

    // Whatever was sent twice would be there before a message that was sent later.
    await say(ada, "Afterwards");
    await bubble(grace, "Afterwards").waitFor();
    expect(await bubble(grace, "Written while cut").count()).toBe(1);
    expect(await bubble(ada, "Missed by Ada").count()).toBe(1);
  });

  test("say a message once even if the connection breaks while it is on its way", async () => {
    await ada.locator("#text").fill("On its way");
    await ada.evaluate(() => {
      document.querySelector<HTMLFormElement>("#composer")?.requestSubmit();
      document.querySelector<HTMLButtonElement>("#cut")?.click();
    });
    await ada.locator("#banner-action", { hasText: "Reconnect now" }).click();
    await ada.locator("#banner[data-tone=good]").waitFor();
    await confirmed(ada, "On its way");
    await say(ada, "Afterwards");
    await bubble(grace, "Afterwards").waitFor();
    expect(await bubble(grace, "On its way").count()).toBe(1);
    expect(await bubble(ada, "On its way").count()).toBe(1);
  });

  test("say again what was lost with the connection", async () => {
    const edith = await join(demo, "Edith", await roomOf(ada), async (page) => {
      await page.routeWebSocket(/\/socket\.io\//, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          if (!message.includes("Lost at first")) server.send(message);
        });
      });
    });
    await say(edith, "Lost at first");
    await say(edith, "Not lost");
    await bubble(ada, "Not lost").waitFor();
    expect(await bubble(edith, "Lost at first").getAttribute("data-status")).toBe("sending");
    await edith.locator("#cut").click();
    await edith.locator("#banner-action", { hasText: "Reconnect now" }).click();
    await bubble(ada, "Lost at first").waitFor();
    await bubble(edith, "Lost at first").and(edith.locator("[data-status=delivered]")).waitFor();
    await edith.close();
  });

  test("reconnect at once when asked to", async () => {
    await ada.locator("#cut").click();
    await say(ada, "Sooner");
    await ada.locator("#banner-action", { hasText: "Reconnect now" }).click();
    await bubble(grace, "Sooner").waitFor();
    expect(await bubble(grace, "Sooner").count()).toBe(1);
  });

  test("open rooms, and see where something unread is", async () => {
    await ada.locator("#new-room-name").fill("Deck Chairs");
    await ada.locator("#new-room-name").press("Enter");
    await ada.locator("#room-people", { hasText: "Only you are here" }).waitFor();
    expect(await ada.locator("h1").textContent()).toBe("#deck-chairs");
    await say(ada, "Over here");
    const room = grace.locator("#rooms button", { hasText: "deck-chairs" });
    await room.locator(".badge", { hasText: "1" }).waitFor();
    await room.click();
    await bubble(grace, "Over here").waitFor();
    expect(await room.locator(".badge").count()).toBe(0);
    await say(grace, "Nice");
    await bubble(ada, "Nice").waitFor();
  });
});

describe("the end", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("comes at once on %s, whatever tabs are open", async (signal) => {
    const demo = await startExample(program);
    const tabs = await Promise.all([join(demo, "Ada"), join(demo, "Grace")]);
    demo.process.kill(signal);
    const [code] = await demo.exited;
    expect(code).toBe(0);
    for (const tab of tabs) await tab.locator("#banner[data-tone=bad]").waitFor();
    await closeTabs();
  });
});

describe("a client of bad faith", () => {
  const visitor = { key: "0123456789abcdef", name: "Mallory", room: "lobby" };
  const message = { id: "message-1", room: "lobby", text: "Hello" };
  const side = { width: 3, height: 2 };
  let demo: RunningExample;
  let socket: Socket | undefined;

  beforeAll(async () => {
    demo = await startExample(program);
  });
  afterEach(() => socket?.disconnect());
  afterAll(() => demo.process.kill("SIGKILL"));

  test.each([
    ["no identity", undefined, "Please reload the page."],
    ["no name", { ...visitor, name: " \u200b " }, "Please choose a name."],
    ["no room", { ...visitor, room: "!!" }, "A room's name needs a letter or a digit."],
  ])("is not let in with %s", async (_what, auth, reason) => {
    socket = io(demo.url, { auth, forceNew: true });
    const error = await new Promise<Error>((resolve) => socket?.once("connect_error", resolve));
    expect(error.message).toBe(reason);
  });

  test.each([
    ["an empty message", { ...message, text: " \n " }, /empty/],
    ["a message that is too long", { ...message, text: "x".repeat(2001) }, /too long: 2001 characters of at most 2000/],
    ["no text", { ...message, text: { toString: "x" } }, /no text/],
    ["no id", { ...message, id: "<" }, /no proper id/],
    ["nothing", null, /no proper id/],
    ["a picture that is text", { ...message, picture: { bytes: "data", ...side } }, /as binary/],
    ["a picture of another type", { ...message, picture: { bytes: Buffer.from("<svg/>"), ...side } }, /not a PNG/],
    [
      "a picture that is too large",
      { ...message, picture: { bytes: Buffer.concat([picture, Buffer.alloc(512 * 1024)]), ...side } },
      /at most 512 kB/,
    ],
    ["a picture of no size", { ...message, picture: { bytes: picture, width: 1e9, height: 2 } }, /no proper size/],
  ])("is refused %s", async (_what, draft, reason) => {
    socket = await enter();
    const answer = await socket.emitWithAck("post", draft);
    expect(answer).toEqual({ ok: false, error: expect.stringMatching(reason) });
  });

  test("cannot say the same message twice", async () => {
    socket = await enter();
    const first = await socket.emitWithAck("post", message);
    const second = await socket.emitWithAck("post", message);
    expect(second).toEqual(first);
    const view = await socket.emitWithAck("enter", { room: "lobby" });
    expect(view.value.messages).toHaveLength(1);
  });

  test("harms nobody with events that expect an answer and give no way to", async () => {
    socket = await enter();
    for (const event of ["post", "enter", "rename", "echo", "typing"]) socket.emit(event, "x", 1, null);
    await socket.emitWithAck("echo");
  });

  test("cannot open rooms without end, nor flood the others", async () => {
    const flooding = await enter();
    socket = flooding;
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, room) => flooding.emitWithAck("enter", { room: `room-${room}` })),
    );
    expect(answers.at(-1)).toEqual({ ok: false, error: expect.stringMatching(/Wait a moment/) });
    const second = io(demo.url, { auth: { ...visitor, room: "lobby" }, forceNew: true });
    const rooms = await new Promise<unknown[]>((resolve) => second.once("rooms", resolve));
    second.disconnect();
    expect(rooms.length).toBeLessThanOrEqual(16);
  });

  test("finds only the files of the page, under a strict policy", async () => {
    const page = await fetch(`${demo.url}/?tab=2`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    for (const path of ["/../server.js", "/%2e%2e/server.js", "/..%2fserver.js", "//etc/passwd", "/chat.js"]) {
      const { status } = await fetch(`${demo.url}${path}`);
      expect([path, status]).toEqual([path, 404]);
    }
    expect((await fetch(demo.url, { method: "POST" })).status).toBe(405);
  });

  async function enter(): Promise<Socket> {
    const entering = io(demo.url, { auth: visitor, forceNew: true });
    await new Promise((resolve) => entering.once("welcome", resolve));
    return entering;
  }
});

describe("the start", () => {
  test("says in one line that the port is taken", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const refused = runExample(program, { PORT: `${port}` });
    const [code] = await refused.exited;
    other.close();
    expect(code).toBe(1);
    expect(refused.output()).toBe(`Port ${port} is already in use. Try another one: PORT=${port + 1} npm start\n`);
  });

  test("says in one line that a port is none", async () => {
    const refused = runExample(program, { PORT: "abc" });
    const [code] = await refused.exited;
    expect(code).toBe(1);
    expect(refused.output()).toBe('PORT has to be a number from 0 to 65535, not "abc".\n');
  });
});

/** Starts the demo on a free port and waits until it has printed its address. */
/** Opens the chat in a tab of its own and comes in under a name. */
async function join(
  demo: RunningExample,
  name: string,
  room = "lobby",
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await prepare?.(page);
  await page.goto(`${demo.url}/#${room}`);
  await page.locator("#hello-name").fill(name);
  await page.locator("#hello-name").press("Enter");
  await onWebSocket(page);
  return page;
}

async function closeTabs(): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

async function roomOf(page: Page): Promise<string> {
  return (await page.locator("#room-name").textContent()) ?? "";
}

async function onWebSocket(page: Page): Promise<void> {
  await page.locator("#path li.active[data-transport=websocket]").waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

function bubble(page: Page, text: string): Locator {
  return page.locator(".message", { hasText: text });
}

/** Waits until the server has confirmed one's own message. */
async function confirmed(page: Page, text: string): Promise<void> {
  await bubble(page, text).and(page.locator("[data-status=sent], [data-status=delivered]")).waitFor();
}

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { io as Io } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { serverEnds } from "./ends.ts";
import { serving } from "./listening.ts";

const bundle = join(createRequire(import.meta.url).resolve("socket.io-client-v2/package.json"), "../dist/socket.io.js");
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
});

test.each(serverEnds)("a page of socket.io-client 2.x talks to server $name by script tags and forms", async (end) => {
  const host = createServer((request, response) => {
    if (request.url === "/client.js") void readFile(bundle).then((script) => response.end(script));
    else
      response
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><meta charset="utf-8"><script src="/client.js"></script><body></body>');
  });
  const io = new end.Server(host, { allowEIO3: true });
  io.on("connection", (socket) => {
    expect(socket.handshake.query["j"]).toBe("0");
    socket.on("ask", (text, answer) => answer(text, socket.conn.transport.name));
    socket.on("bytes", (bytes: Buffer, answer) => answer(Buffer.isBuffer(bytes) && [...bytes], Buffer.from([3, 4])));
  });
  const port = await serving(host, io);
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(`http://127.0.0.1:${port}/`);
  const seen = await page.evaluate(async () => {
    const options = { transports: ["polling"], forceJSONP: true, upgrade: false };
    const socket = (window as unknown as { io: typeof Io }).io("/", options);
    const ask = (event: string, data: unknown): Promise<unknown[]> =>
      new Promise((resolve) => socket.emit(event, data, (...answers: unknown[]) => resolve(answers)));
    const texts: unknown[] = [];
    for (const text of ["plain", "é🚀", "two\nlines \\n \u2028", '");alert(1);</script>']) {
      texts.push(...(await ask("ask", text)));
    }
    const [theirs, ours] = await ask("bytes", Uint8Array.of(1, 2).buffer);
    socket.close();
    return { texts, bytes: [theirs, [...new Uint8Array(ours as ArrayBuffer)]] };
  });
  expect(seen.texts).toEqual(
    ["plain", "é🚀", "two\nlines \\n \u2028", '");alert(1);</script>'].flatMap((text) => [text, "polling"]),
  );
  expect(seen.bytes).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

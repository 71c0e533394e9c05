import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { serveClientFiles } from "./serve-client.ts";

const SCRIPT = "console.log('the client');".repeat(100);
const directory = mkdtempSync(join(tmpdir(), "client-dist-"));
let server: HttpServer;

beforeAll(async () => {
  writeFileSync(join(directory, "socket.io.min.js"), SCRIPT);
  writeFileSync(join(directory, "socket.io.min.js.map"), "{}");
  server = createServer((_request, response) => response.writeHead(418).end("the application"));
  serveClientFiles(server, "/socket.io", { directory: pathToFileURL(`${directory}/`), cors: { origin: "http://a.b" } });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers, method }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

test("serves the client", async () => {
  const { status, headers, body } = await get("/socket.io/socket.io.min.js?v=1");
  expect(status).toBe(200);
  expect(body.toString()).toBe(SCRIPT);
  expect(headers).toMatchObject({
    "cache-control": "public, max-age=0",
    "content-type": "application/javascript; charset=utf-8",
    etag: `"${manifest.version}"`,
    "access-control-allow-origin": "http://a.b",
  });
});

test("serves source maps as JSON", async () => {
  const { headers, body } = await get("/socket.io/socket.io.min.js.map");
  expect(headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(body.toString()).toBe("{}");
});

test.each([
  ["br", brotliDecompressSync],
  ["gzip", gunzipSync],
  ["deflate", inflateSync],
])("compresses with %s", async (encoding, decompress) => {
  for (let time = 0; time < 2; time++) {
    const { headers, body } = await get("/socket.io/socket.io.min.js", { "accept-encoding": encoding });
    expect(headers).toMatchObject({ "content-encoding": encoding, vary: expect.stringContaining("Accept-Encoding") });
    expect(decompress(body).toString()).toBe(SCRIPT);
  }
});

test.each([`"${manifest.version}"`, `W/"${manifest.version}"`, `"x", "${manifest.version}"`])(
  "answers 304 to a client that has %s",
  async (tag) => {
    const { status, body } = await get("/socket.io/socket.io.min.js", { "if-none-match": tag });
    expect([status, body.length]).toEqual([304, 0]);
  },
);

test("serves again when the tag is another one", async () => {
  expect((await get("/socket.io/socket.io.min.js", { "if-none-match": '"other"' })).status).toBe(200);
});

test("answers HEAD without a body and other methods with 405", async () => {
  const head = await get("/socket.io/socket.io.min.js", {}, "HEAD");
  expect([head.status, head.body.length, head.headers["content-length"]]).toEqual([200, 0, String(SCRIPT.length)]);
  expect((await get("/socket.io/socket.io.min.js", {}, "DELETE")).status).toBe(405);
});

test.each(["/socket.io/other.js", "/socket.io/socket.io.js", "/socket.io/..%2fpackage.js"])(
  "answers 404 to %s",
  async (path) => {
    expect((await get(path)).status).toBe(404);
  },
);

test.each(["/", "/socket.io", "/socket.io/?EIO=4", "/socket.io.js", "/other/socket.io.min.js"])(
  "leaves %s to the application",
  async (path) => {
    expect((await get(path)).status).toBe(418);
  },
);

// @ts-check

import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};

/**
 * Serves the files of one flat folder. They are read once, at the start, and found by exact name: no path that a
 * request names ever reaches the file system.
 *
 * @param {URL} folder
 * @returns {Promise<import("node:http").RequestListener>}
 */
export async function serveFolder(folder) {
  /** @type {Map<string, { type: string, body: Buffer }>} */
  const files = new Map();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    files.set(name === "index.html" ? "/" : `/${name}`, { type, body: await readFile(new URL(name, folder)) });
  }
  return ({ method, url = "/" }, response) => {
    const file = files.get(url.split("?", 1)[0] ?? "/");
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { ...HEADERS, allow: "GET, HEAD" }).end();
    } else if (file === undefined) {
      response.writeHead(404, { ...HEADERS, "content-type": "text/plain" }).end("Not found\n");
    } else {
      const headers = { ...HEADERS, "content-type": file.type, "content-length": file.body.length };
      response.writeHead(200, headers).end(method === "HEAD" ? undefined : file.body);
    }
  };
}

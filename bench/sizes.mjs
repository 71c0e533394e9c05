// What a page downloads for the client: the published builds of both sides, compressed in the same way. node sizes.mjs
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { table } from "./driver/statistics.mjs";

const require = createRequire(import.meta.url);
const BUILDS = [
  "socket.io.esm.min.js",
  "socket.io.min.js",
  "socket.io.msgpack.min.js",
  "socket.io.websocket.esm.min.js",
  "socket.io.websocket.min.js",
];

const rows = BUILDS.flatMap((file) => {
  const [theirs, ours] = ["socket.io-client", "@halyard/client"].map((library) => measure(library, file));
  return ["minified", "gzip", "brotli"].map((form) => ({
    build: file,
    bytes: form,
    incumbent: theirs?.[form],
    ours: ours?.[form],
    ratio: theirs && ours && theirs[form] / ours[form],
  }));
});
process.stdout.write(`${table(rows, Object.keys(rows[0]))}\n`);

/** The sizes of one build without the line that names its source map; nothing for a build that a side does not have. */
function measure(library, file) {
  try {
    const path = join(dirname(require.resolve(`${library}/package.json`)), "dist", file);
    const code = readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
    return {
      minified: Buffer.byteLength(code),
      gzip: gzipSync(code, { level: 9 }).length,
      brotli: brotliCompressSync(code).length,
    };
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

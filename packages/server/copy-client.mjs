/** Copies the client's browser bundles, which the server serves, next to its own build. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const BUNDLES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const client = createRequire(import.meta.url).resolve("@halyard/client/package.json");
const source = new URL("dist/", pathToFileURL(client));
const target = new URL("client-dist/", import.meta.url);

await rm(target, { recursive: true, force: true });
await mkdir(target);
for (const file of BUNDLES.flatMap((bundle) => [bundle, `${bundle}.map`])) {
  await copyFile(new URL(file, source), new URL(file, target)).catch((error) => {
    throw new Error(`${file} is missing from the build of @halyard/client: build that package first`, { cause: error });
  });
}

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes the folder of an application that depends on the packed packages, and on nothing of this repository.
 *
 * @param {string} work
 * @param {import("./applications.mjs").Application} application
 * @param {ReadonlyMap<string, string>} tarballs
 * @returns {string}
 */
export function layOut(work, { name, fixture, type, dependencies = {} }, tarballs) {
  const folder = join(work, name);
  mkdirSync(folder);
  cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), folder, { recursive: true });
  const packed = Object.fromEntries([...tarballs].map(([of, path]) => [of, `file:${path}`]));
  const manifest = { name: `proof-${name}`, private: true, type, dependencies: { ...packed, ...dependencies } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  return folder;
}

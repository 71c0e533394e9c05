// Which packages are published, and what programs import from them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A published package.
 * @typedef {object} PublishedPackage
 * @property {string} name as in `@halyard/server`
 * @property {string} folder where it is, absolute
 * @property {readonly EntryPoint[]} entries
 */

/**
 * A module that programs can import.
 * @typedef {object} EntryPoint
 * @property {string} specifier what programs write
 * @property {string} file the source behind it, absolute
 * @property {string} [browserFile] the source behind it in bundles for browsers, where that is another one
 */

/**
 * The packages of the workspace that are not private, in the order of their names.
 * @returns {PublishedPackage[]}
 */
export function publishedPackages() {
  const packages = fileURLToPath(new URL("../packages/", import.meta.url));
  return readdirSync(packages)
    .toSorted()
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .flatMap((folder) => {
      const { name, exports, ...manifest } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return manifest.private === true ? [] : [{ name, folder, entries: entriesOf(name, folder, exports) }];
    });
}

/**
 * @param {string} name
 * @param {string} folder
 * @param {Readonly<Record<string, any>>} exports
 * @returns {EntryPoint[]}
 */
function entriesOf(name, folder, exports) {
  return Object.entries(exports).flatMap(([path, conditions]) => {
    const file = conditions["@halyard/source"];
    if (file === undefined) return []; // no module in TypeScript
    const inBrowsers = conditions.browser?.["@halyard/source"];
    const specifier = path === "." ? name : `${name}/${path.slice(2)}`;
    return [{ specifier, file: join(folder, file), ...(inBrowsers && { browserFile: join(folder, inBrowsers) }) }];
  });
}

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));

/**
 * Packs every package that is published, as the registry would get it.
 *
 * @param {string} folder Where the tarballs go.
 * @returns {ReadonlyMap<string, string>} The path of each package's tarball by its name.
 */
export function pack(folder) {
  const tarballs = new Map();
  for (const directory of readdirSync(packages)) {
    const path = join(packages, directory);
    const { name, version, private: isPrivate } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    if (isPrivate === true) continue;
    const { status, stderr } = spawnSync("pnpm", ["pack", "--pack-destination", folder], {
      cwd: path,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${name} cannot be packed: ${stderr}`);
    tarballs.set(name, join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`));
  }
  return tarballs;
}

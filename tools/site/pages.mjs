// The documents of the site, in their order, and where links of the repository's Markdown lead on it.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { publishedPackages } from "../published-packages.mjs";

export const repository = "https://github.com/halyard-io/halyard";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** @type {Readonly<Record<string, readonly string[]>>} */
const groups = {
  Guides: [
    "docs/guide/server.md",
    "docs/guide/client.md",
    "docs/guide/rooms-and-namespaces.md",
    "docs/guide/acknowledgements.md",
    "docs/guide/delivery.md",
    "docs/guide/typescript.md",
    "docs/guide/security-and-limits.md",
    "docs/guide/testing.md",
    "docs/guide/parsers.md",
    "docs/guide/adapters.md",
    "docs/several-nodes.md",
    "docs/guide/observability.md",
    "docs/guide/performance.md",
    "docs/guide/errors.md",
    "docs/guide/migrating.md",
    "docs/compatibility.md",
  ],
  Protocols: ["docs/protocol/engine.io.md", "docs/protocol/socket.io.md"],
  Project: ["bench/README.md", "CONTRIBUTING.md", "SECURITY.md"],
  Decisions: readdirSync(join(root, "docs/adr"))
    .toSorted()
    .map((name) => `docs/adr/${name}`),
};

/** Every document, and the heading that it is under. */
export const documents = new Map(
  Object.entries(groups).flatMap(([group, files]) => files.map((file) => [join(root, file), group])),
);

for (const file of readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".md") && !documents.has(join(root, "docs", file)))
    throw new Error(`docs/${file} has no place on the site: see tools/site/pages.mjs`);

const readmes = [join(root, "README.md"), ...publishedPackages().map(({ folder }) => join(folder, "README.md"))];
const pages = new Set([...documents.keys(), ...readmes]);

/** `](target#anchor)`, where the target is neither a URL nor empty. */
const LINK = /(\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

/**
 * Markdown in which relative links lead to files that are pages of the site, or to the repository.
 * @param {string} markdown
 * @param {string} file where it is from, absolute
 */
export function linksForSite(markdown, file) {
  return markdown.replace(LINK, (link, opening, target, anchor = "") => {
    const path = fileAt(resolve(dirname(file), target));
    if (path === undefined) return link; // typedoc says that it is broken
    if (pages.has(path)) return `${opening}${toward(path, file)}${anchorForSite(path, anchor)})`;
    const kind = statSync(path).isDirectory() ? "tree" : "blob";
    return `${opening}${repository}/${kind}/main/${relative(root, path)}${anchor})`;
  });
}

/**
 * Links of Markdown that lead to no file, or to no heading of one.
 * @param {string} markdown
 * @param {string} file where it is from, absolute
 */
export function brokenLinks(markdown, file) {
  const links = [...markdown.matchAll(/\]\((?![a-z]+:|")([^)#\s]*)(#[^)\s]*)?\)/g)];
  return links
    .filter(([, target = "", anchor]) => {
      const path = target === "" ? file : fileAt(resolve(dirname(file), target));
      if (path === undefined) return true;
      return (
        anchor !== undefined && path.endsWith(".md") && !headings(path).some((line) => `#${slug(line)}` === anchor)
      );
    })
    .map(([link]) => link.slice(2, -1));
}

/** @param {string} path */
function headings(path) {
  return readFileSync(path, "utf8").match(/^#+ .*$/gm) ?? [];
}

/**
 * The anchor of a heading on the site, which leaves out what is code in it.
 * @param {string} path
 * @param {string} anchor as on GitHub
 */
function anchorForSite(path, anchor) {
  if (anchor === "") return "";
  const heading = headings(path).find((line) => `#${slug(line)}` === anchor);
  return heading === undefined ? anchor : `#${slug(heading.replaceAll(/`[^`]*`/g, ""))}`;
}

/** @param {string} heading */
function slug(heading) {
  return heading
    .replace(/^#+ /, "")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/**
 * The file that a link leads to: that of a folder is its README.
 * @param {string} path
 */
function fileAt(path) {
  if (!existsSync(path)) return undefined;
  const readme = join(path, "README.md");
  return existsSync(readme) ? readme : path.replace(/\/$/, "");
}

/**
 * @param {string} path
 * @param {string} file
 */
function toward(path, file) {
  const from = relative(dirname(file), path);
  return from.startsWith(".") ? from : `./${from}`;
}

// A plugin for typedoc. Every entry point is a page under the name that programs import it by, and a package's root shows its README; every
// document has the title of its heading.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Converter, KindRouter, MinimalSourceFile, normalizePath, PageEvent, ReflectionKind } from "typedoc";
import { publishedPackages } from "../published-packages.mjs";
import { documents, linksForSite } from "./pages.mjs";

/** @param {import("typedoc").Application} app */
export function load({ converter, renderer }) {
  renderer.defineRouter("site", SiteRouter);
  renderer.on(PageEvent.END, (page) => {
    if (page.contents !== undefined) page.contents = accessible(page.contents);
  });
  const packages = publishedPackages();
  const entries = new Map(packages.flatMap(({ entries }) => entries.map(({ file, specifier }) => [file, specifier])));
  const readmes = new Map(packages.map(({ name, folder }) => [name, join(folder, "README.md")]));

  const parse = converter.parseRawComment.bind(converter);
  converter.parseRawComment = ({ text, fileName }, files) =>
    parse(new MinimalSourceFile(pageOf(text, fileName), normalizePath(fileName)), files);

  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const modules = project.getChildrenByKind(ReflectionKind.Module);
    for (const module of modules) module.name = entries.get(module.sources?.[0]?.fullFileName ?? "") ?? module.name;
    for (const module of modules) {
      const readme = readmes.get(module.name);
      if (readme !== undefined) project.files.registerReflectionPath(normalizePath(readme), module);
    }
    for (const module of modules) {
      const readme = readmes.get(module.name);
      if (readme === undefined) continue;
      const source = new MinimalSourceFile(readFileSync(readme, "utf8"), normalizePath(readme));
      module.readme = converter.parseRawComment(source, project.files).content;
    }
  });
}

/**
 * What the theme leaves out for those who use a keyboard or a screen reader: landmarks, names for them, wide tables and programs that can be scrolled, and no
 * link within a button.
 * @param {string} html
 */
function accessible(html) {
  return html
    .replace('<div class="col-content"', '<div role="main" class="col-content"')
    .replace('<nav id="tsd-sidebar-links"', '<nav id="tsd-sidebar-links" aria-label="Links"')
    .replace('<div class="page-menu"', '<div role="complementary" aria-label="On this page" class="page-menu"')
    .replaceAll(/<(pre|table)>/g, '<$1 tabindex="0">')
    .replaceAll(/<summary[^>]*>.*?<\/summary>/gs, (summary) =>
      summary.replaceAll(/<a [^>]*class="tsd-anchor-icon".*?<\/a>/gs, ""),
    );
}

/** Documents have addresses that stay the same when their titles change. */
class SiteRouter extends KindRouter {
  /**
   * @param {import("typedoc").Reflection} reflection
   * @override
   */
  getIdealBaseName(reflection) {
    const file = reflection.isDocument() ? reflection.project.files.getReflectionPath(reflection) : undefined;
    if (file === undefined) return super.getIdealBaseName(reflection);
    const name = basename(file, ".md").toLowerCase();
    return `documents/${name === "readme" ? basename(dirname(file)) : name}`;
  }
}

/**
 * What typedoc makes a page of: a document with its place, or a README without its heading, which is there already.
 * @param {string} markdown
 * @param {string} file
 */
function pageOf(markdown, file) {
  const linked = linksForSite(markdown, file).replaceAll(/^<!--(?:(?!-->)[^])*-->\n/gm, "");
  const [heading = "", title = ""] = /^# (.*)\n/.exec(linked) ?? [];
  const group = documents.get(file);
  if (group === undefined) return linked.slice(heading.length);
  return `---\ntitle: ${JSON.stringify(title.replaceAll("`", ""))}\ngroup: ${group}\n---\n${linked}`;
}

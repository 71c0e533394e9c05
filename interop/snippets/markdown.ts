import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The programs in our Markdown. Comments in front of one, which readers do not see, say what it stands among:
 *
 * - `<!-- with: declare const socket: Socket; -->`: what is there already, in a piece of a program
 * - `<!-- run: chat -->`: it is a whole program, and is run with the others of that name in the same file
 * - `<!-- prints: … -->`: what it prints, line by line; programs that are to print nothing run until the others are done
 */
export interface Snippet {
  /** The file, as from the root of the repository, and the line on which the program begins. */
  readonly file: string;
  readonly line: number;
  readonly language: "js" | "ts";
  readonly code: string;
  readonly context: string;
  readonly run: string | undefined;
  readonly prints: string | undefined;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The Markdown of which every program is checked. */
export function documents(): string[] {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`);
  const guides = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((path) => `docs/${path}`);
  return ["README.md", ...guides.filter((path) => path.endsWith(".md")), ...packages].toSorted();
}

/** The programs of one file, in order. */
export function snippetsOf(file: string): Snippet[] {
  const markdown = readFileSync(join(root, file), "utf8");
  return [...markdown.matchAll(BLOCK)].map(({ index, groups = {} }) => {
    const { comments = "", indent = "", language, code = "" } = groups;
    const before = markdown.slice(0, index + comments.length);
    return {
      file: relative(root, join(root, file)),
      line: before.split("\n").length + 1,
      language: language === "ts" ? "ts" : "js",
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      context: said(comments, "with") ?? "",
      run: said(comments, "run"),
      prints: said(comments, "prints"),
    };
  });
}

const BLOCK =
  /(?<comments>(?:^ *<!-- (?:(?!-->)[^])*-->\n+)*)^(?<indent> *)```(?<language>[jt]s)\n(?<code>[^]*?)^\k<indent>```$/gm;

function said(comments: string, key: string): string | undefined {
  return new RegExp(`<!-- ${key}:((?:(?!-->)[^])*)-->`).exec(comments)?.[1]?.trim();
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { brokenLinks, linksForSite } from "./site/pages.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const folders = ["packages", "examples", "docs", "bench", "interop", ".changeset"];
const pages = folders
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  )
  .filter((path) => path.endsWith(".md") && !path.includes("node_modules") && !path.includes("dist/"));

test.each(["README.md", "CONTRIBUTING.md", "SECURITY.md", ...pages])("%s links to what is there", (page) => {
  expect(brokenLinks(readFileSync(join(root, page), "utf8"), join(root, page))).toEqual([]);
});

describe("links", () => {
  const here = join(root, "docs/guide/server.md");

  test("are broken without a file, or without a heading", () => {
    const markdown =
      "[a](client.md) [b](client.md#emit) [c](nowhere.md) [d](client.md#nowhere) [e](#nowhere) [f](https://example.com/nowhere)";
    expect(brokenLinks(markdown, here)).toEqual(["nowhere.md", "client.md#nowhere", "#nowhere"]);
  });

  test("lead to pages of the site, else to the repository", () => {
    expect(
      linksForSite("[a](client.md) [b](../../packages/server#limits) [c](../../examples/chat/server.js)", here),
    ).toBe(
      "[a](./client.md) [b](../../packages/server/README.md#limits) [c](https://github.com/halyard-io/halyard/blob/main/examples/chat/server.js)",
    );
  });
});

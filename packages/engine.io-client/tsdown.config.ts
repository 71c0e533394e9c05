import { defineConfig, type UserConfig } from "tsdown";
import { library } from "../../tools/build.ts";

/** The scripts for pages are CommonJS to whoever `require()`s them; everything else here says in its name what it is. */
const scriptsAreCommonJs = {
  name: "scripts-are-commonjs",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): unknown }): void {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
  },
};

/** One self-contained file for pages without a bundler. */
function bundle(entry: string, file: string, format: "esm" | "umd", minify: boolean): UserConfig {
  return {
    entry,
    format,
    globalName: "eio",
    platform: "browser",
    target: "es2022",
    minify,
    dts: false,
    sourcemap: true,
    clean: false,
    deps: { alwaysBundle: [/./], onlyBundle: false },
    inputOptions: { resolve: { conditionNames: ["@halyard/source", "browser", "import", "default"] } },
    outputOptions: { entryFileNames: file, comments: !minify },
    plugins: [scriptsAreCommonJs],
  };
}

export default defineConfig([
  {
    ...library(["src/index.ts", "src/browser.ts", "src/debug.ts", "src/debug-browser.ts"]),
    fixedExtension: true,
  },
  bundle("src/global.ts", "engine.io.js", "umd", false),
  bundle("src/global.ts", "engine.io.min.js", "umd", true),
  bundle("src/browser.ts", "engine.io.esm.min.js", "esm", true),
]);

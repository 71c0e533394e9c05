import { defineConfig, type UserConfig } from "tsdown";
import { library, pageBundle } from "../../tools/build.ts";

function bundle(entry: string, file: string, format: "esm" | "umd", minify: boolean): UserConfig {
  return pageBundle({ entry, file, format, globalName: "eio", minify });
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

import { defineConfig } from "tsdown";
import { library } from "../../tools/build.ts";

/** Makes what `require()` returns callable; an ES module does the same with its export named `module.exports`. */
const CALLABLE_MODULE = 'module.exports = Object.assign(exports["module.exports"], exports);';

export default defineConfig({
  ...library(["src/index.ts"]),
  platform: "node",
  outputOptions: (options, format) => ({
    ...options,
    exports: "named",
    ...(format === "cjs" && { footer: CALLABLE_MODULE }),
  }),
});

import { defineConfig } from "tsdown";
import { callableDeclarations, library } from "../../tools/build.ts";

/** Makes what `require()` returns callable; an ES module does the same with its export named `module.exports`. */
const CALLABLE_MODULE = 'module.exports = Object.assign(exports["module.exports"], exports);';

/** The same as the call signature of `CallableModule`. */
const SIGNATURE =
  "declare function callable(server?: NodeHttpServer | number, options?: Partial<ServerOptions>): Server;";

export default defineConfig({
  ...library(["src/index.ts"]),
  inputOptions: callableDeclarations(SIGNATURE),
  platform: "node",
  outputOptions: (options, format) => ({
    ...options,
    exports: "named",
    ...(format === "cjs" && { footer: CALLABLE_MODULE }),
  }),
});

import { defineConfig, type UserConfig } from "tsdown";
import { callableDeclarations, library, pageBundle } from "../../tools/build.ts";
import { INTERNAL_NAMES } from "./internal-names.ts";

const COMMONJS_CALLABLE = "module.exports = Object.assign(exports.io, exports, { __esModule: true });";

/**
 * `require()` returns the function `io` itself. Where Node.js loads the ES module instead, its export named
 * `module.exports` sees to that.
 */
const COMMONJS_ENDINGS: Record<string, string> = {
  "index.cjs": 'module.exports = exports["module.exports"];',
  "browser.cjs": COMMONJS_CALLABLE,
  "debug.cjs": COMMONJS_CALLABLE,
  "websocket.cjs": COMMONJS_CALLABLE,
};

const PARAMETERS = [
  "uri?: string, options?: ManagerOptions & SocketOptions",
  "options: ManagerOptions & SocketOptions",
];

/** The call signatures of `Lookup`. */
const SIGNATURES = PARAMETERS.map(
  (parameters) =>
    "declare function callable<ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>" +
    `(${parameters}): Socket<ListenEvents, EmitEvents>;`,
);

const callable: UserConfig = {
  ...library(["src/index.ts", "src/browser.ts", "src/debug.ts", "src/websocket.ts"]),
  inputOptions: callableDeclarations('import type { EventsMap } from "@halyard/contracts";', ...SIGNATURES),
  fixedExtension: true,
  outputOptions: {
    exports: "named",
    outro: ({ fileName }) => COMMONJS_ENDINGS[fileName] ?? "",
  },
};

/** In bundles, properties that only our packages see have short names. */
const SHORT_NAMES: RegExp = new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`);

function bundle(entry: string, file: string, format: "esm" | "umd", minify: boolean): UserConfig {
  return pageBundle({ entry, file, format, globalName: "io", minify, shortNames: SHORT_NAMES });
}

export default defineConfig([
  callable,
  bundle("src/global.ts", "socket.io.js", "umd", false),
  bundle("src/global.ts", "socket.io.min.js", "umd", true),
  bundle("src/module-script.ts", "socket.io.esm.min.js", "esm", true),
  bundle("src/global-msgpack.ts", "socket.io.msgpack.min.js", "umd", true),
  bundle("src/global-websocket.ts", "socket.io.websocket.min.js", "umd", true),
  bundle("src/websocket.ts", "socket.io.websocket.esm.min.js", "esm", true),
]);

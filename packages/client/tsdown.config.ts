import { defineConfig, type UserConfig } from "tsdown";
import { callableDeclarations, library } from "../../tools/build.ts";
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
  "websocket.node.cjs": COMMONJS_CALLABLE,
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
  ...library(["src/index.ts", "src/browser.ts", "src/debug.ts", "src/websocket.ts", "src/websocket.node.ts"]),
  inputOptions: callableDeclarations('import type { EventsMap } from "@halyard/contracts";', ...SIGNATURES),
  fixedExtension: true,
  outputOptions: {
    exports: "named",
    outro: ({ fileName }) => COMMONJS_ENDINGS[fileName] ?? "",
  },
};

/** The scripts for pages are CommonJS to whoever `require()`s them; everything else here says in its name what it is. */
const scriptsAreCommonJs = {
  name: "scripts-are-commonjs",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): unknown }): void {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
  },
};

/** One self-contained file for pages without a bundler, and for servers to hand out. */
function bundle(entry: string, file: string, format: "esm" | "umd", minify: boolean): UserConfig {
  return {
    entry,
    format,
    globalName: "io",
    platform: "browser",
    target: "es2022",
    minify: minify && {
      compress: true,
      mangle: true,
      codegen: true,
      mangleProps: { include: new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`) },
    },
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
  callable,
  bundle("src/global.ts", "socket.io.js", "umd", false),
  bundle("src/global.ts", "socket.io.min.js", "umd", true),
  bundle("src/module-script.ts", "socket.io.esm.min.js", "esm", true),
  bundle("src/global-msgpack.ts", "socket.io.msgpack.min.js", "umd", true),
  bundle("src/global-websocket.ts", "socket.io.websocket.min.js", "umd", true),
  bundle("src/websocket.ts", "socket.io.websocket.esm.min.js", "esm", true),
]);

import { minify as compress } from "@swc/core";
import type { UserConfig } from "tsdown";

/** How every published package is built: ESM and CommonJS side by side, with types and maps. */
export function library(entry: string[]): UserConfig {
  return {
    entry,
    format: ["esm", "cjs"],
    platform: "neutral",
    target: "es2022",
    fixedExtension: false,
    dts: { oxc: true, sourcemap: true },
    sourcemap: true,
    checks: { legacyCjs: false },
  };
}

/** What {@link pageBundle} makes. */
export interface PageBundle {
  readonly entry: string;
  /** Its name in `dist`. */
  readonly file: string;
  readonly format: "esm" | "umd";
  /** What pages without a module loader call it. */
  readonly globalName: string;
  readonly minify: boolean;
  /** Properties that may have short names. */
  readonly shortNames?: RegExp;
}

/** One self-contained file for pages without a bundler, and for servers to hand out. */
export function pageBundle({ entry, file, format, globalName, minify, shortNames }: PageBundle): UserConfig {
  return {
    entry,
    format,
    globalName,
    platform: "browser",
    target: "es2022",
    minify: minify && {
      compress: true,
      mangle: true,
      codegen: true,
      ...(shortNames && { mangleProps: { include: shortNames } }),
    },
    dts: false,
    sourcemap: true,
    clean: false,
    deps: { alwaysBundle: [/./], onlyBundle: false },
    inputOptions: { resolve: { conditionNames: ["@halyard/source", "browser", "import", "default"] } },
    outputOptions: { entryFileNames: file, comments: !minify },
    plugins: minify ? [scriptsAreCommonJs, inlining(format === "esm")] : [scriptsAreCommonJs],
  };
}

/**
 * Puts what is used once where it is used, which saves one part in seventy: the minifier that comes after it leaves all
 * functions where they are.
 */
function inlining(module: boolean): RenderPlugin {
  return {
    name: "inlining",
    renderChunk: (code) =>
      compress(code, {
        module,
        sourceMap: true,
        mangle: false,
        compress: {
          defaults: false,
          ecma: 2022,
          module,
          toplevel: module,
          inline: 3,
          reduce_vars: true,
          unused: true,
          passes: 3,
        },
      }),
  };
}

interface RenderPlugin {
  readonly name: string;
  renderChunk(code: string): Promise<{ code: string; map?: string }>;
}

/** The scripts for pages are CommonJS to whoever `require()`s them; everything else here says in its name what it is. */
const scriptsAreCommonJs = {
  name: "scripts-are-commonjs",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): unknown }): void {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
  },
};

/**
 * Declares to CommonJS programs what `require()` gives them: a function whose properties are the module's exports, and
 * whose namespace has its types. `signatures` declare the function, under the name `callable`, in place of the constant
 * of that name that the source exports as `module.exports`; only ES modules can have exports of such a name.
 */
export function callableDeclarations(...signatures: string[]): InputOptions {
  return editDeclarations({ "index.d.cts": (code) => declareCallable(code, signatures.join("\n")), ...declaredOnce });
}

/** Declares everything for CommonJS alone, which the declarations of the ES module hand on. */
export function sharedDeclarations(): InputOptions {
  return editDeclarations(declaredOnce);
}

type InputOptions = NonNullable<UserConfig["inputOptions"]>;
type Edits = Readonly<Record<string, (code: string) => string>>;

/**
 * Two declarations of a class are two types: a library in CommonJS that takes a server could not be given one by an
 * application in ES modules, and what the one adds to an interface the other would not see.
 */
const declaredOnce: Edits = { "index.d.ts": handOn };

function editDeclarations(edits: Edits): InputOptions {
  return (options) => ({
    ...options,
    plugins: [
      options.plugins,
      {
        name: "edit-declarations",
        generateBundle(_output, bundle) {
          for (const [file, edit] of Object.entries(edits)) {
            const chunk = bundle[file];
            if (chunk?.type !== "chunk") continue;
            chunk.code = edit(chunk.code);
            if (edit === handOn) delete bundle[`${file}.map`]; // it would tell of lines that are elsewhere now
          }
        },
      },
    ],
  });
}

/** Exports by the same names what `index.d.cts` declares. */
function handOn(code: string): string {
  const [, list] = /^export \{(.*)\};/m.exec(code) ?? [];
  if (list === undefined) throw new Error("the declarations export nothing");
  const names = list.split(",").map((item) => item.trim().replace(/^(type )?.* as /, "$1"));
  return `export { ${names.filter((name) => name !== '"module.exports"').join(", ")} } from "./index.cjs";\n`;
}

function declareCallable(code: string, signatures: string): string {
  const declared = replaceOnce(code, /^declare const callable: .*;$/m, signatures);
  const freed = replaceOnce(declared, /, callable as "module\.exports"/, "");
  return replaceOnce(
    freed,
    /^export (\{.*\});/m,
    "declare namespace callable {\n  export $1;\n}\nexport = callable;\n",
  );
}

function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(text)) throw new Error(`the declarations have no ${String(pattern)}`);
  return text.replace(pattern, replacement);
}

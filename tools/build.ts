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

/**
 * Declares to CommonJS programs what `require()` gives them: a function whose properties are the module's exports, and
 * whose namespace has its types. `signatures` declare the function, under the name `callable`, in place of the constant
 * of that name that the source exports as `module.exports`; only ES modules can have exports of such a name.
 */
export function callableDeclarations(...signatures: string[]): NonNullable<UserConfig["inputOptions"]> {
  return (options) => ({
    ...options,
    plugins: [
      options.plugins,
      {
        name: "callable-declarations",
        generateBundle(_output, bundle) {
          const chunk = bundle["index.d.cts"];
          if (chunk?.type === "chunk") chunk.code = declareCallable(chunk.code, signatures.join("\n"));
        },
      },
    ],
  });
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

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

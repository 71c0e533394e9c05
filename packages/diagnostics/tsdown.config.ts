import { defineConfig } from "tsdown";
import { library } from "../../tools/build.ts";

export default defineConfig({ ...library(["src/index.ts", "src/debug.ts"]), platform: "node" });

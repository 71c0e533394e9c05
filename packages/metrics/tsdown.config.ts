import { defineConfig } from "tsdown";
import { library } from "../../tools/build.ts";

export default defineConfig({ ...library(["src/index.ts", "src/prometheus.ts"]), platform: "node" });

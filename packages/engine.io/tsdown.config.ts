import { defineConfig } from "tsdown";
import { library, sharedDeclarations } from "../../tools/build.ts";

export default defineConfig({ ...library(["src/index.ts"]), inputOptions: sharedDeclarations() });

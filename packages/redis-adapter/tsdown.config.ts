import { defineConfig } from "tsdown";
import { library } from "../../tools/build.ts";

export default defineConfig({
  ...library(["src/index.ts", "src/emitter.ts", "src/streams.ts", "src/sessions.ts"]),
  platform: "node",
});

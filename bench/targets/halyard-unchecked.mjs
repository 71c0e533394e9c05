// Ours as if nothing in it could be watched: each question whether somebody listens is `false` as the code is loaded. What that
// saves is what the questions cost.
import { register } from "node:module";

register("./unchecked-hook.mjs", import.meta.url);
export const { startServer } = await import("./halyard.mjs");

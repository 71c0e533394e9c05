export * from "./index.ts";
export { explain } from "./explain.ts";

export * from "./browser.ts";
export { explain } from "./explain.ts";

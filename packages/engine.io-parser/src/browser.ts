export { codec } from "./v4/codec.browser.ts";

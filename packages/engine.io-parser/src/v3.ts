export { codecV3 } from "./v3/codec.node.ts";

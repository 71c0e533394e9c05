export { codec } from "./v4/codec.node.ts";

export { codecV3, readPayloadV3 } from "./v3/codec.node.ts";

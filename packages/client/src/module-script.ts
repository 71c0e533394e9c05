// What pages load as a module, without a bundler that leaves out what they do not use: all but WebTransport.
export { Fetch, NodeWebSocket, NodeXHR, WebSocket, XHR } from "@halyard/engine.io-client";
export { protocol } from "@halyard/socket.io-parser";
export { io, io as connect, io as default, Manager } from "./create-client.ts";
export { Socket } from "./socket.ts";

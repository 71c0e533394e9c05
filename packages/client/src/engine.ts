export type { EngineSocket as Engine, SocketOptions as EngineOptions } from "@halyard/engine.io-client";

export type { Session as Engine, SocketOptions as EngineOptions } from "@halyard/engine.io-client";

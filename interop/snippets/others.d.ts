/** What examples import that is not installed here: packages of others, and what readers write themselves. */
declare module "@fails-components/webtransport" {
  import type { WebTransportSession } from "@halyard/engine.io";
  export class Http3Server {
    constructor(options: object);
    startServer(): void;
    sessionStream(path: string): AsyncIterable<WebTransportSession>;
  }
}
declare module "my-binary-format" {
  export function encode(value: unknown): Uint8Array;
}
declare module "my-parser" {
  import type { Parser } from "@halyard/contracts";
  export const parser: Parser;
}
declare module "my-codec" {
  import type { EngineCodec } from "@halyard/contracts";
  export const codec: EngineCodec;
}

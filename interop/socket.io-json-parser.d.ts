declare module "socket.io-json-parser" {
  export class Encoder {}
  export class Decoder {}
}

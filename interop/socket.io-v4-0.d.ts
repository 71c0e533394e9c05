declare module "socket.io-v4-0" {
  export const Server: unknown;
}

declare module "socket.io-client-v2" {
  const io: unknown;
  export default io;
}

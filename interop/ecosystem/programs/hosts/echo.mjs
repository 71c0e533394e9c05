/** What every host program does with its sockets. */
export function echo(io) {
  io.on("connection", (socket) => {
    socket.join("everyone");
    socket.on("echo", (value, reply) => reply(value, socket.handshake.secure, socket.handshake.url.split("?")[0]));
    socket.on("shout", (value) => io.to("everyone").emit("shout", value));
  });
}

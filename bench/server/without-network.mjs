/** A server without a network, and clients that write to it by hand. */
export function createBench(Server) {
  const io = new Server();
  let accept;
  io.bind({ bind: (taker) => (accept = taker), prepare: (messages) => ({ messages }), close: async () => {} });
  let socket;
  io.on("connection", (joined) => (socket ??= joined));
  const join = () => {
    const client = new Client();
    accept(client);
    client.write("0");
    return client;
  };
  const client = join();
  return { io, client, socket, join };
}

/** The server's end of a connection that takes everything. */
class Client {
  id = "engine";
  protocol = 4;
  transport = { name: "websocket" };
  remoteAddress = "192.0.2.1";
  request = { url: "/socket.io/", headers: {} };
  handshake = { url: "/socket.io/", headers: {}, secure: false, issuedMs: 0 };
  readyState = "open";
  writable = true;
  bufferedBytes = 0;
  last = "";
  #handler;

  bind(handler) {
    this.#handler = handler;
  }
  transmit(message) {
    this.last = message;
  }
  transmitPrepared({ messages }) {
    this.last = messages[0];
  }
  hasRoomFor() {
    return true;
  }
  releaseRequest() {}
  write(message) {
    this.#handler.onMessage(message);
  }
}

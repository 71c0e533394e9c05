// Loaded before a program of our Markdown: what it serves on a port is served on a free one, and who connects to the port finds it.
import net from "node:net";

/** @type {Record<number, number>} free ports by those that programs name */
const ports = JSON.parse(process.env["SNIPPET_PORTS"] ?? "{}");
const listen = Reflect.get(net.Server.prototype, "listen");
const connect = Reflect.get(net.Socket.prototype, "connect");

net.Server.prototype.listen = function listenOnFreePort(...args) {
  const [asked] = args;
  if (typeof asked !== "number") return Reflect.apply(listen, this, args);
  const result = Reflect.apply(listen, this, [0, ...args.slice(1)]);
  const tell = () => {
    const address = this.address();
    if (typeof address !== "object" || address === null) return;
    ports[asked] = address.port;
    process.send?.(ports);
  };
  // without a host's name to look up it is bound already, and the program may connect before it is told so
  if (this.address() === null) this.once("listening", tell);
  else tell();
  return result;
};

net.Socket.prototype.connect = function connectToFreePort(...args) {
  const given = Array.isArray(args[0]) ? args[0] : args;
  const [target] = given;
  if (typeof target === "object" && target !== null && ports[target.port] !== undefined)
    given[0] = { ...target, port: ports[target.port] };
  return Reflect.apply(connect, this, args);
};

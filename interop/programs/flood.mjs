// Writes the same bytes to one connection again and again, as fast as they are taken, and reads nothing.
// node flood.mjs <port> <head as base64> <piece as base64> <pieces>
import { connect } from "node:net";

const [port, head, piece, pieces] = process.argv.slice(2);
const tcp = connect(Number(port), "127.0.0.1");
tcp.on("error", () => process.exit()).on("close", () => process.exit());
tcp.pause();
tcp.write(Buffer.from(head, "base64"));
const bytes = Buffer.from(piece, "base64");
let left = Number(pieces);
setInterval(() => {}, 60_000); // a connection that reads nothing does not keep the process
write();

function write() {
  while (left > 0) {
    left--;
    if (!tcp.write(bytes)) return void tcp.once("drain", write);
  }
  process.send?.("done");
}

// @ts-check
// Visitors of the server: `node visitors.js <port> <how many>`. They talk, answer or do not, come and go, and knock at the wrong door.

import { io } from "@halyard/client";

const [port, count] = process.argv.slice(2);
process.once("disconnect", () => process.exit()); // with the server that has started this

for (let n = 0; n < Number(count); n++) visit(n);

/** @param {number} n */
function visit(n) {
  const transports = n % 5 === 0 ? ["polling"] : n % 3 === 0 ? ["websocket"] : ["polling", "websocket"];
  const socket = io(`http://localhost:${port}`, { forceNew: true, transports, reconnectionDelay: 200 });
  if (n % 10 !== 9) socket.on("are you there?", (reply) => reply());
  if (n % 7 === 0) socket.io.socket("/staff");

  sometimes(1_000, () => socket.emit("say", `this is ${n}`));
  sometimes(20_000, () => socket.io.engine?.close()); // as if the network was lost
  sometimes(60_000, () => {
    socket.disconnect();
    setTimeout(() => socket.connect(), 2_000);
  });
}

/**
 * Does something again and again, at random, at this average distance in milliseconds.
 * @param {number} averageMs
 * @param {() => void} what
 */
function sometimes(averageMs, what) {
  setTimeout(
    () => {
      what();
      sometimes(averageMs, what);
    },
    Math.random() * 2 * averageMs,
  );
}

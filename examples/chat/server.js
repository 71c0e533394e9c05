// @ts-check
// The live demo: a chat on @halyard/server. `PORT` and `HOST` say where it listens; nothing is ever written to disk.

import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { Server } from "@halyard/server";
import { startChat } from "./chat.js";
import { serveFolder } from "./static-files.js";

const port = readPort(process.env["PORT"]);
const host = process.env["HOST"];

const httpServer = createServer(await serveFolder(new URL("./public/", import.meta.url)));
/** @type {import("./chat.js").ChatServer} */
const io = new Server(httpServer);
startChat(io);

httpServer.once("error", (error) => giveUp(describe(error)));
httpServer.listen({ port, host }, () => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
  console.log(`\n  The chat is ready. Open it in two tabs:\n\n${addresses().join("\n")}\n\n  Ctrl-C stops it.\n`);
});

let stopping = false;

/** Says goodbye to every tab and lets the process end by itself. Ctrl-C may arrive twice: npm passes it on as well. */
function stop() {
  if (stopping) return;
  stopping = true;
  console.log("\n  Closing the chat.");
  void io.close();
  httpServer.closeAllConnections();
  // Only if something still held the process open.
  setTimeout(() => process.exit(0), 2000).unref();
}

/** @returns {string[]} */
function addresses() {
  const address = httpServer.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  if (host !== undefined) return [`    http://${host.includes(":") ? `[${host}]` : host}:${bound}`];
  const others = Object.values(networkInterfaces())
    .flatMap((addressesOfOne) => addressesOfOne ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map((other) => `    http://${other.address}:${bound}   from another device on your network`);
  return [`    http://localhost:${bound}`, ...others];
}

/**
 * @param {string | undefined} value
 * @returns {number}
 */
function readPort(value) {
  if (value === undefined || value === "") return 3000;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    giveUp(`PORT has to be a number from 0 to 65535, not "${value}".`);
  }
  return number;
}

/**
 * @param {NodeJS.ErrnoException} error
 * @returns {string}
 */
function describe(error) {
  if (error.code === "EADDRINUSE") return `Port ${port} is already in use. Try another one: PORT=${port + 1} npm start`;
  if (error.code === "EACCES")
    return `Port ${port} needs more rights than you have. Try another one: PORT=3000 npm start`;
  return `The chat cannot listen on port ${port}: ${error.message}`;
}

/**
 * @param {string} reason
 * @returns {never}
 */
function giveUp(reason) {
  console.error(reason);
  process.exit(1);
}

// Some of the clients of chaos.mjs: `chaos-clients.mjs <count> <ports of the servers …>`. They go where somebody takes them.
import { connect, createServer } from "node:net";
import { Manager } from "@halyard/client";
import { Ledger } from "./chaos-ledger.mjs";

const [count, ...ports] = process.argv.slice(2).map(Number);
const ledgers = [];
let turn = Math.floor(Math.random() * ports.length);
/** The server that was started last: who is older has to get everything from it. */
let newest = 0;

const line = createServer((near) => lead(near, ports.length));
line.listen(0, "127.0.0.1", () => {
  const { port } = line.address();
  for (let index = 0; index < count; index++) ledgers.push(enter(port));
  process.send({ kind: "ready" });
});

/** Leads a connection to the next server that takes it. */
function lead(near, tries) {
  const far = connect(ports[turn++ % ports.length], "127.0.0.1");
  near.on("error", () => {});
  far.once("connect", () => {
    near.pipe(far);
    far.pipe(near);
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
  });
  far.once("error", () => {
    if (far.connecting || far.bytesRead === 0) return tries > 1 ? lead(near, tries - 1) : near.destroy();
    near.destroy();
  });
}

function enter(port) {
  const manager = new Manager(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    reconnectionDelay: 50,
    reconnectionDelayMax: 500,
    forceNew: true,
  });
  const socket = manager.socket("/");
  const ledger = new Ledger(() => newest);
  socket.on("connect", () => ledger.onConnect(socket.recovered));
  socket.on("welcome", ({ node, recovered, recoveryFailure }) => ledger.onWelcome(node, recovered, recoveryFailure));
  socket.on("disconnect", () => ledger.onDisconnect());
  socket.on("n", (sender, number) => ledger.onNumber(sender, number));
  return ledger;
}

process.on("message", ({ kind, number, sent }) => {
  if (kind === "newest") {
    newest = number;
    process.send({ kind: "noted" });
  } else if (kind === "state") {
    process.send({ kind: "state", open: ledgers.filter(({ isOpen }) => isOpen).length, behind: behind(sent).length });
  } else if (kind === "report") process.send({ kind: "report", ledgers: ledgers.map((ledger) => ledger.report()) });
});
process.on("disconnect", () => process.exit());

function behind(sent = {}) {
  return ledgers.filter((ledger) => Object.entries(sent).some(([sender, last]) => ledger.lacks(sender, last)));
}

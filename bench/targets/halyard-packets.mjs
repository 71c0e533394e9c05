// Ours with a listener that adds the bytes of all packets up.
import { subscribe } from "@halyard/diagnostics";

let total = 0;
subscribe("halyard:packet:receive", ({ bytes }) => (total += bytes));
subscribe("halyard:packet:send", ({ bytes, recipients }) => (total += bytes * recipients));
export { startServer } from "./halyard.mjs";

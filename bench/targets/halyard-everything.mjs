// Ours with a listener on every channel.
import { channelNames, subscribe } from "@halyard/diagnostics";

let count = 0;
for (const name of channelNames) subscribe(name, () => count++);
export { startServer } from "./halyard.mjs";

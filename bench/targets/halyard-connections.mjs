// Ours with a listener on each channel but those that come with every message.
import { channelNames, subscribe } from "@halyard/diagnostics";

let count = 0;
for (const name of channelNames) if (!/:(packet|ack):/.test(name)) subscribe(name, () => count++);
export { startServer } from "./halyard.mjs";

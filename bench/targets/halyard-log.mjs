// Ours with the whole log, which goes nowhere.
import { startLogging } from "@halyard/diagnostics/debug";

process.stderr.write = () => true;
startLogging();
export { startServer } from "./halyard.mjs";

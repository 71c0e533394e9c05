// A build of the client in Node.js, by `import` or by `require`. Given the URL of a server, how to load what, and options;
// prints what the scenario saw.
import { createRequire } from "node:module";

const [url, entry, how] = process.argv.slice(2);

await import("./scenario.js");
const { io } = how === "require" ? createRequire(import.meta.url)(entry) : await import(entry);
const seen = await globalThis.runScenario(io, url);
process.stdout.write(JSON.stringify(seen), () => process.exit());

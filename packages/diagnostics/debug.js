import { n as channelNames, t as subscribe } from "./subscribe-BTIPmC07.js";
import createDebug from "debug";
// src/describe.ts
/** Addresses are personal data: logs do without, those who want them subscribe. */
const UNSAID = /* @__PURE__ */ new Set(["address"]);
/** Clients choose some names, as long as they like. */
const MAX_TEXT_CHARS = 100;
/** Text that needs no quotation marks. */
const PLAIN = /^[\w./:#@+-]+$/;
/** Writes a message as one line: `connectionId=… transport=polling durationMs=12.5`. */
function describe(message) {
	return Object.entries(message).filter(([field]) => !UNSAID.has(field)).map(([field, value]) => `${field}=${show(value)}`).join(" ");
}
function show(value) {
	switch (typeof value) {
		case "number": return Number.isInteger(value) ? String(value) : value.toFixed(1);
		case "string": return quote(value);
		case "object": return value instanceof Error ? quote(value.message) : quote(JSON.stringify(value));
		default: return String(value);
	}
}
/** What clients have chosen must not look like a line of its own. */
function quote(text) {
	const short = text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}…` : text;
	return PLAIN.test(short) ? short : JSON.stringify(short);
}
// src/debug.ts
const AREAS = [
	"engine",
	"socket",
	"packet",
	"ack",
	"server",
	"adapter"
];
/**
* Writes what happens to the standard error, in the manner of the library `debug`: `halyard:engine open connectionId=…`. Returns what
* ends that. Without a call, the environment variable `DEBUG` says the same: `DEBUG=halyard:*,-halyard:packet`.
*
* @example
* import { startLogging } from "@halyard/diagnostics/debug";
*
* const stopLogging = startLogging(["engine", "socket"]);
*/
function startLogging(areas = AREAS) {
	const undos = [...areas].flatMap((area) => logArea(area));
	return () => undos.forEach((undo) => undo());
}
/** As {@link startLogging}, for the areas that the environment variable `DEBUG` names. */
function startLoggingAsAsked() {
	startLogging(AREAS.filter((area) => createDebug.enabled(`halyard:${area}`)));
}
function logArea(area) {
	const prefix = `halyard:${area}`;
	const log = createDebug(prefix);
	log.enabled = true;
	return channelNames.filter((name) => name.startsWith(`${prefix}:`)).map((name) => {
		const event = name.slice(prefix.length + 1);
		return subscribe(name, (message) => log("%s %s", event, describe(message)));
	});
}
export { startLogging, startLoggingAsAsked };

//# sourceMappingURL=debug.js.map
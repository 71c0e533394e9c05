Object.defineProperty(exports, Symbol.toStringTag, { value: "Module" });
// \0rolldown/runtime.js
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __copyProps = (to, from, except, desc) => {
	if (from && typeof from === "object" || typeof from === "function") for (var keys = __getOwnPropNames(from), i = 0, n = keys.length, key; i < n; i++) {
		key = keys[i];
		if (!__hasOwnProp.call(to, key) && key !== except) __defProp(to, key, {
			get: ((k) => from[k]).bind(null, key),
			enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable
		});
	}
	return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(isNodeMode || !mod || !mod.__esModule || !__hasOwnProp.call(mod, "default") ? __defProp(target, "default", {
	value: mod,
	enumerable: true
}) : target, mod));
const require_subscribe = require("./subscribe-fKu5u7sT.cjs");
let debug = require("debug");
debug = __toESM(debug, 1);
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
	startLogging(AREAS.filter((area) => debug.default.enabled(`halyard:${area}`)));
}
function logArea(area) {
	const prefix = `halyard:${area}`;
	const log = (0, debug.default)(prefix);
	log.enabled = true;
	return require_subscribe.channelNames.filter((name) => name.startsWith(`${prefix}:`)).map((name) => {
		const event = name.slice(prefix.length + 1);
		return require_subscribe.subscribe(name, (message) => log("%s %s", event, describe(message)));
	});
}
exports.startLogging = startLogging;
exports.startLoggingAsAsked = startLoggingAsAsked;

//# sourceMappingURL=debug.cjs.map
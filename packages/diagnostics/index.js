export { r as ackAsk, i as ackSettle, a as adapterBacklog, o as adapterDown, s as adapterDrop, c as adapterGap, l as adapterJoin, u as adapterLeave, d as adapterMalformed, f as adapterQuery, p as adapterUp, n as channelNames, m as engineClose, h as engineOpen, g as engineRefuse, _ as engineUpgrade, v as engineUpgradeFail, y as packetDrop, b as packetIgnore, x as packetReceive, S as packetSend, C as serverDrainEnd, w as serverDrainStart, T as serverError, E as serverViolation, D as socketConnect, O as socketDisconnect, k as socketRecover, A as socketRecoverFail, j as socketRefuse, t as subscribe } from "./subscribe-BTIPmC07.js";
import { createRequire } from "node:module";
// src/log-if-asked.ts
/** Starts to log if the environment variable `DEBUG` names us. Otherwise nothing is loaded. */
function logIfAsked(variable = process.env["DEBUG"]) {
	if (variable === void 0 || !mayName(variable)) return;
	try {
		const { startLoggingAsAsked } = createRequire(import.meta.url)("@halyard/diagnostics/debug");
		startLoggingAsAsked();
	} catch (cause) {
		process.emitWarning("DEBUG asks for the log of Halyard, which cannot be loaded here", {
			type: "HalyardWarning",
			code: "NO_DEBUG_LOG",
			detail: `${String(cause)}\nIn a bundle, call startLogging() of "@halyard/diagnostics/debug" instead.`
		});
	}
}
/** Whether one of the names could be ours, whatever follows its first wildcard. */
function mayName(variable) {
	return variable.split(/[\s,]+/).some((name) => {
		const [start = ""] = name.split("*", 1);
		return name !== start ? OURS.startsWith(start) || start.startsWith(OURS) : name.startsWith(OURS);
	});
}
const OURS = "halyard:";
// src/index.ts
logIfAsked();

//# sourceMappingURL=index.js.map
Object.defineProperty(exports, Symbol.toStringTag, { value: "Module" });
const require_subscribe = require("./subscribe-fKu5u7sT.cjs");
let node_module = require("node:module");
// src/log-if-asked.ts
/** Starts to log if the environment variable `DEBUG` names us. Otherwise nothing is loaded. */
function logIfAsked(variable = process.env["DEBUG"]) {
	if (variable === void 0 || !mayName(variable)) return;
	try {
		const { startLoggingAsAsked } = (0, node_module.createRequire)(require("url").pathToFileURL(__filename).href)("@halyard/diagnostics/debug");
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
exports.ackAsk = require_subscribe.ackAsk;
exports.ackSettle = require_subscribe.ackSettle;
exports.adapterBacklog = require_subscribe.adapterBacklog;
exports.adapterDown = require_subscribe.adapterDown;
exports.adapterDrop = require_subscribe.adapterDrop;
exports.adapterGap = require_subscribe.adapterGap;
exports.adapterJoin = require_subscribe.adapterJoin;
exports.adapterLeave = require_subscribe.adapterLeave;
exports.adapterMalformed = require_subscribe.adapterMalformed;
exports.adapterQuery = require_subscribe.adapterQuery;
exports.adapterUp = require_subscribe.adapterUp;
exports.channelNames = require_subscribe.channelNames;
exports.engineClose = require_subscribe.engineClose;
exports.engineOpen = require_subscribe.engineOpen;
exports.engineRefuse = require_subscribe.engineRefuse;
exports.engineUpgrade = require_subscribe.engineUpgrade;
exports.engineUpgradeFail = require_subscribe.engineUpgradeFail;
exports.packetDrop = require_subscribe.packetDrop;
exports.packetIgnore = require_subscribe.packetIgnore;
exports.packetReceive = require_subscribe.packetReceive;
exports.packetSend = require_subscribe.packetSend;
exports.serverDrainEnd = require_subscribe.serverDrainEnd;
exports.serverDrainStart = require_subscribe.serverDrainStart;
exports.serverError = require_subscribe.serverError;
exports.serverViolation = require_subscribe.serverViolation;
exports.socketConnect = require_subscribe.socketConnect;
exports.socketDisconnect = require_subscribe.socketDisconnect;
exports.socketRecover = require_subscribe.socketRecover;
exports.socketRecoverFail = require_subscribe.socketRecoverFail;
exports.socketRefuse = require_subscribe.socketRefuse;
exports.subscribe = require_subscribe.subscribe;

//# sourceMappingURL=index.cjs.map
let node_diagnostics_channel = require("node:diagnostics_channel");
// src/channel.ts
/** Opens a channel by its name: the same for everybody in the process, whatever copy of this package they have. */
function open(name) {
	return (0, node_diagnostics_channel.channel)(name);
}
// src/channels.ts
/** `halyard:engine:open` */
const engineOpen = open("halyard:engine:open");
/** `halyard:engine:close` */
const engineClose = open("halyard:engine:close");
/** `halyard:engine:refuse` */
const engineRefuse = open("halyard:engine:refuse");
/** `halyard:engine:upgrade` */
const engineUpgrade = open("halyard:engine:upgrade");
/** `halyard:engine:upgrade-fail` */
const engineUpgradeFail = open("halyard:engine:upgrade-fail");
/** `halyard:socket:connect` */
const socketConnect = open("halyard:socket:connect");
/** `halyard:socket:disconnect` */
const socketDisconnect = open("halyard:socket:disconnect");
/** `halyard:socket:refuse` */
const socketRefuse = open("halyard:socket:refuse");
/** `halyard:socket:recover` */
const socketRecover = open("halyard:socket:recover");
/** `halyard:socket:recover-fail` */
const socketRecoverFail = open("halyard:socket:recover-fail");
/** `halyard:packet:receive` */
const packetReceive = open("halyard:packet:receive");
/** `halyard:packet:send` */
const packetSend = open("halyard:packet:send");
/** `halyard:packet:drop` */
const packetDrop = open("halyard:packet:drop");
/** `halyard:packet:ignore` */
const packetIgnore = open("halyard:packet:ignore");
/** `halyard:ack:ask` */
const ackAsk = open("halyard:ack:ask");
/** `halyard:ack:settle` */
const ackSettle = open("halyard:ack:settle");
/** `halyard:server:violation` */
const serverViolation = open("halyard:server:violation");
/** `halyard:server:error` */
const serverError = open("halyard:server:error");
/** `halyard:server:drain-start` */
const serverDrainStart = open("halyard:server:drain-start");
/** `halyard:server:drain-end` */
const serverDrainEnd = open("halyard:server:drain-end");
/** `halyard:adapter:up` */
const adapterUp = open("halyard:adapter:up");
/** `halyard:adapter:down` */
const adapterDown = open("halyard:adapter:down");
/** `halyard:adapter:backlog` */
const adapterBacklog = open("halyard:adapter:backlog");
/** `halyard:adapter:drop` */
const adapterDrop = open("halyard:adapter:drop");
/** `halyard:adapter:gap` */
const adapterGap = open("halyard:adapter:gap");
/** `halyard:adapter:join` */
const adapterJoin = open("halyard:adapter:join");
/** `halyard:adapter:leave` */
const adapterLeave = open("halyard:adapter:leave");
/** `halyard:adapter:malformed` */
const adapterMalformed = open("halyard:adapter:malformed");
/** `halyard:adapter:query` */
const adapterQuery = open("halyard:adapter:query");
// src/channel-names.ts
/** Every channel, of which none can be forgotten: the compiler compares them with the types of their messages. */
const CHANNELS = {
	"halyard:engine:open": engineOpen,
	"halyard:engine:close": engineClose,
	"halyard:engine:refuse": engineRefuse,
	"halyard:engine:upgrade": engineUpgrade,
	"halyard:engine:upgrade-fail": engineUpgradeFail,
	"halyard:socket:connect": socketConnect,
	"halyard:socket:disconnect": socketDisconnect,
	"halyard:socket:refuse": socketRefuse,
	"halyard:socket:recover": socketRecover,
	"halyard:socket:recover-fail": socketRecoverFail,
	"halyard:packet:receive": packetReceive,
	"halyard:packet:send": packetSend,
	"halyard:packet:drop": packetDrop,
	"halyard:packet:ignore": packetIgnore,
	"halyard:ack:ask": ackAsk,
	"halyard:ack:settle": ackSettle,
	"halyard:server:violation": serverViolation,
	"halyard:server:error": serverError,
	"halyard:server:drain-start": serverDrainStart,
	"halyard:server:drain-end": serverDrainEnd,
	"halyard:adapter:up": adapterUp,
	"halyard:adapter:down": adapterDown,
	"halyard:adapter:backlog": adapterBacklog,
	"halyard:adapter:drop": adapterDrop,
	"halyard:adapter:gap": adapterGap,
	"halyard:adapter:join": adapterJoin,
	"halyard:adapter:leave": adapterLeave,
	"halyard:adapter:malformed": adapterMalformed,
	"halyard:adapter:query": adapterQuery
};
/** The names of all channels. */
const channelNames = Object.keys(CHANNELS).filter(isChannelName);
function isChannelName(name) {
	return Object.hasOwn(CHANNELS, name);
}
// src/subscribe.ts
/**
* Listens to a channel; returns what ends that. The listener is called in the middle of what it is told of: it has to be quick,
* and to leave sockets and servers alone until later. What it throws is a process warning with code `SUBSCRIBER_FAILED`, the
* first time; listeners that `node:diagnostics_channel` was given directly end the process.
*
* @example
* import { subscribe } from "@halyard/diagnostics";
*
* const unsubscribe = subscribe("halyard:engine:close", ({ reason, durationMs }) => {
*   console.log(`a connection ended after ${durationMs} ms: ${reason}`);
* });
*/
function subscribe(name, listener) {
	let hasFailed = false;
	const guarded = (message) => {
		try {
			listener(trust(message), name);
		} catch (thrown) {
			if (!hasFailed) warn(name, thrown);
			hasFailed = true;
		}
	};
	(0, node_diagnostics_channel.subscribe)(name, guarded);
	return () => void (0, node_diagnostics_channel.unsubscribe)(name, guarded);
}
function trust(message) {
	return message;
}
function warn(name, thrown) {
	const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
	process.emitWarning(`a subscriber of "${name}" failed: ${message}`, {
		type: "HalyardWarning",
		code: "SUBSCRIBER_FAILED",
		detail: `${stack ?? message}\nFurther failures of it are not shown.`
	});
}
Object.defineProperty(exports, "ackAsk", {
	enumerable: true,
	get: function() {
		return ackAsk;
	}
});
Object.defineProperty(exports, "ackSettle", {
	enumerable: true,
	get: function() {
		return ackSettle;
	}
});
Object.defineProperty(exports, "adapterBacklog", {
	enumerable: true,
	get: function() {
		return adapterBacklog;
	}
});
Object.defineProperty(exports, "adapterDown", {
	enumerable: true,
	get: function() {
		return adapterDown;
	}
});
Object.defineProperty(exports, "adapterDrop", {
	enumerable: true,
	get: function() {
		return adapterDrop;
	}
});
Object.defineProperty(exports, "adapterGap", {
	enumerable: true,
	get: function() {
		return adapterGap;
	}
});
Object.defineProperty(exports, "adapterJoin", {
	enumerable: true,
	get: function() {
		return adapterJoin;
	}
});
Object.defineProperty(exports, "adapterLeave", {
	enumerable: true,
	get: function() {
		return adapterLeave;
	}
});
Object.defineProperty(exports, "adapterMalformed", {
	enumerable: true,
	get: function() {
		return adapterMalformed;
	}
});
Object.defineProperty(exports, "adapterQuery", {
	enumerable: true,
	get: function() {
		return adapterQuery;
	}
});
Object.defineProperty(exports, "adapterUp", {
	enumerable: true,
	get: function() {
		return adapterUp;
	}
});
Object.defineProperty(exports, "channelNames", {
	enumerable: true,
	get: function() {
		return channelNames;
	}
});
Object.defineProperty(exports, "engineClose", {
	enumerable: true,
	get: function() {
		return engineClose;
	}
});
Object.defineProperty(exports, "engineOpen", {
	enumerable: true,
	get: function() {
		return engineOpen;
	}
});
Object.defineProperty(exports, "engineRefuse", {
	enumerable: true,
	get: function() {
		return engineRefuse;
	}
});
Object.defineProperty(exports, "engineUpgrade", {
	enumerable: true,
	get: function() {
		return engineUpgrade;
	}
});
Object.defineProperty(exports, "engineUpgradeFail", {
	enumerable: true,
	get: function() {
		return engineUpgradeFail;
	}
});
Object.defineProperty(exports, "packetDrop", {
	enumerable: true,
	get: function() {
		return packetDrop;
	}
});
Object.defineProperty(exports, "packetIgnore", {
	enumerable: true,
	get: function() {
		return packetIgnore;
	}
});
Object.defineProperty(exports, "packetReceive", {
	enumerable: true,
	get: function() {
		return packetReceive;
	}
});
Object.defineProperty(exports, "packetSend", {
	enumerable: true,
	get: function() {
		return packetSend;
	}
});
Object.defineProperty(exports, "serverDrainEnd", {
	enumerable: true,
	get: function() {
		return serverDrainEnd;
	}
});
Object.defineProperty(exports, "serverDrainStart", {
	enumerable: true,
	get: function() {
		return serverDrainStart;
	}
});
Object.defineProperty(exports, "serverError", {
	enumerable: true,
	get: function() {
		return serverError;
	}
});
Object.defineProperty(exports, "serverViolation", {
	enumerable: true,
	get: function() {
		return serverViolation;
	}
});
Object.defineProperty(exports, "socketConnect", {
	enumerable: true,
	get: function() {
		return socketConnect;
	}
});
Object.defineProperty(exports, "socketDisconnect", {
	enumerable: true,
	get: function() {
		return socketDisconnect;
	}
});
Object.defineProperty(exports, "socketRecover", {
	enumerable: true,
	get: function() {
		return socketRecover;
	}
});
Object.defineProperty(exports, "socketRecoverFail", {
	enumerable: true,
	get: function() {
		return socketRecoverFail;
	}
});
Object.defineProperty(exports, "socketRefuse", {
	enumerable: true,
	get: function() {
		return socketRefuse;
	}
});
Object.defineProperty(exports, "subscribe", {
	enumerable: true,
	get: function() {
		return subscribe;
	}
});

//# sourceMappingURL=subscribe-fKu5u7sT.cjs.map
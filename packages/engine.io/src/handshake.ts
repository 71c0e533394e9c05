import { errors, type Refusal } from "./connection-error.ts";
import type { Query } from "./request-query.ts";

/** What a session says of itself to a request that names it. */
interface KnownSession {
  readonly protocol: 3 | 4;
  readonly transport: { readonly name: string };
  /** Whether another transport may take over from the session's transport now. */
  readonly canUpgrade: boolean;
}

/** What a request asks for: an answer, or a connection of its own. */
export type RequestKind = "http" | "websocket" | "webtransport";

/** A request as far as it matters for its admission. */
export interface RequestFacts {
  readonly method: string | undefined;
  readonly origin: string | undefined;
  readonly query: Query;
  readonly kind: RequestKind;
}

/** What a server admits. */
export interface AdmissionRules {
  readonly transports: readonly string[];
  readonly allowEIO3: boolean;
  findSession(sid: string): KnownSession | undefined;
}

/** Checks a request for Engine.IO: transport, session, protocol and method. Returns nothing when it is in order. */
export function examineRequest(facts: RequestFacts, rules: AdmissionRules): Refusal | undefined {
  const { transport = "", sid } = facts.query;
  if (!rules.transports.includes(transport) || (transport === "webtransport") !== (facts.kind === "webtransport")) {
    return { code: errors.UNKNOWN_TRANSPORT, context: { transport: facts.query["transport"] } };
  }
  if (facts.origin !== undefined && INVALID_HEADER_CHARACTER.test(facts.origin)) {
    return badRequest({ name: "INVALID_ORIGIN", origin: facts.origin });
  }
  if (sid === undefined || sid === "") return examineHandshake(facts, transport);
  const session = rules.findSession(sid);
  if (session === undefined) return { code: errors.UNKNOWN_SID, context: { sid } };
  return examineFollowUp(facts, transport, session);
}

/** Checks whether a new client's protocol revision is served; asked last, after the application has had its say. */
export function examineProtocol(query: Query, rules: AdmissionRules): Refusal | undefined {
  const protocol = protocolOf(query);
  if (protocol === 4 || rules.allowEIO3) return undefined;
  return { code: errors.UNSUPPORTED_PROTOCOL_VERSION, context: { protocol } };
}

/** The revision a client asks for; 3 is what clients meant before they said. */
export function protocolOf(query: Query): 3 | 4 {
  return query["EIO"] === "4" ? 4 : 3;
}

/** Neither a visible character, a space nor a tab (RFC 9110, section 5.5). */
const INVALID_HEADER_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

function badRequest(context: Refusal["context"]): Refusal {
  return { code: errors.BAD_REQUEST, context };
}

function examineHandshake(facts: RequestFacts, transport: string): Refusal | undefined {
  if (facts.method !== "GET") return { code: errors.BAD_HANDSHAKE_METHOD, context: { method: facts.method } };
  if ((transport === "websocket") !== (facts.kind === "websocket"))
    return badRequest({ name: "TRANSPORT_HANDSHAKE_ERROR" });
  return undefined;
}

function examineFollowUp(facts: RequestFacts, transport: string, session: KnownSession): Refusal | undefined {
  const previousTransport = session.transport.name;
  const mismatch = badRequest({ name: "TRANSPORT_MISMATCH", transport, previousTransport });
  const isUpgrade = facts.kind !== "http";
  if (isUpgrade ? transport !== facts.kind : transport !== previousTransport || transport !== "polling") {
    return mismatch;
  }
  const protocol = protocolOf(facts.query);
  if (session.protocol !== protocol) {
    return badRequest({ name: "PROTOCOL_MISMATCH", protocol, previousProtocol: session.protocol });
  }
  // refused before the 101 answer: only from polling, once, one at a time (input I-8)
  return isUpgrade && !session.canUpgrade ? mismatch : undefined;
}

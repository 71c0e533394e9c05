import { DeadlineQueue } from "@halyard/core";
import { codec } from "@halyard/engine.io-parser";
import { admit, type AdmissionContext } from "../admission.ts";
import { errors, messageOf, statusOf, type Refusal } from "../connection-error.ts";
import type { ResolvedOptions } from "../options.ts";
import type { EngineRequest } from "../session/handshake-record.ts";
import type { SessionManager } from "../session-manager.ts";
import { assignId, describeRefusal, type OpeningContext } from "../session-opening.ts";
import {
  WebTransportTransport,
  type WebTransportConnection,
  type WebTransportContext,
} from "../transports/webtransport.ts";
import type { WebTransportCloseInfo, WebTransportSession } from "../transports/webtransport-session.ts";
import { UpgradeResponse } from "./upgrade-response.ts";
import { WebTransportHandshake, type WebTransportGreeting } from "./webtransport-handshake.ts";
import { requestOf, tellsHeaders } from "./webtransport-request.ts";

/** How long a client may take to confirm that it has everything once that has left for it. */
const GOODBYE_MS = 2_000;
/** A reason may have 1,024 bytes (draft-ietf-webtrans-http3, section 5); this many characters never have more. */
const MAX_REASON_CHARS = 300;

const CLOSING: WebTransportCloseInfo = { closeCode: 503, reason: "The server is closing" };
const ANSWERED: WebTransportCloseInfo = { closeCode: 403, reason: "Forbidden" };

/** A client that asks to be let in. */
interface Applicant {
  readonly handshake: WebTransportHandshake;
  readonly greeting: WebTransportGreeting;
  readonly request: EngineRequest;
}

/** Brings the sessions of a WebTransport server to the engine's, past the same gates as requests and WebSocket handshakes. */
export class WebTransportHost {
  readonly #options: ResolvedOptions;
  readonly #sessions: SessionManager;
  readonly #opening: OpeningContext;
  readonly #admission: AdmissionContext;
  readonly #transportContext: WebTransportContext;
  /** Those under way. */
  readonly #handshakes = new Set<WebTransportHandshake>();

  constructor(
    options: ResolvedOptions,
    sessions: SessionManager,
    opening: OpeningContext,
    admission: AdmissionContext,
  ) {
    const { webSocket: streams } = sessions.shared;
    this.#options = options;
    this.#sessions = sessions;
    this.#opening = opening;
    this.#admission = admission;
    this.#transportContext = {
      codec,
      meters: streams.meters,
      scheduler: streams.scheduler,
      stalls: streams.stalls,
      afterInput: streams.afterInput,
      maxQueuedBytes: streams.maxQueuedBytes,
      goodbyes: new DeadlineQueue(options.clock, Math.min(GOODBYE_MS, options.closeTimeoutMs)),
      onLingering: (transport) => sessions.onLingering(transport),
      onGone: (transport) => sessions.onGone(transport),
    };
  }

  /** Takes in a session; settles once it has been accepted or refused, or has ended before. */
  accept(session: WebTransportSession): Promise<void> {
    const { deadlines } = this.#sessions.shared.upgrade;
    const context = { deadlines, maxPayloadBytes: this.#options.maxPayloadBytes };
    return new Promise((resolve) => {
      const handshake = new WebTransportHandshake(session, context, {
        onGreeting: (greeting) => {
          this.#admit(session, { handshake, greeting, request: requestOf(session, greeting.sid) });
        },
        onFailure: (error) => {
          this.#tell(requestOf(session, undefined), {
            code: errors.BAD_REQUEST,
            context: { name: "TRANSPORT_HANDSHAKE_ERROR", error },
          });
        },
        onEnd: () => {
          this.#handshakes.delete(handshake);
          resolve();
        },
      });
      this.#handshakes.add(handshake);
    });
  }

  /** Closes the sessions whose handshake is under way. */
  endHandshakes(): void {
    for (const handshake of this.#handshakes) handshake.refuse(CLOSING);
  }

  #admit(session: WebTransportSession, applicant: Applicant): void {
    const { handshake, request } = applicant;
    const { middlewares, allowRequest } = this.#admission;
    const isJudged = middlewares.length > 0 || allowRequest !== undefined;
    if (isJudged && !tellsHeaders(session)) {
      this.#refuse(applicant, { code: errors.FORBIDDEN, context: { name: "HEADERS_UNKNOWN" } });
      return;
    }
    const response = middlewares.length === 0 ? undefined : this.#createResponse(session, applicant);
    admit({ request, response, kind: "webtransport" }, this.#admission, (refusal) => {
      if (handshake.isEnded) return; // the client has left meanwhile
      if (refusal === undefined) this.#serve(applicant);
      else this.#refuse(applicant, refusal);
    });
  }

  /** For middlewares: the response is over when the session is, and the other way round. */
  #createResponse(session: WebTransportSession, { handshake, greeting, request }: Applicant): UpgradeResponse {
    const { socket } = request;
    socket.once("close", () => {
      handshake.refuse(ANSWERED);
      greeting.connection.close();
    });
    const end = (): void => void socket.destroy();
    session.closed.then(end, end);
    return new UpgradeResponse(request, socket);
  }

  #serve(applicant: Applicant): void {
    const { handshake, greeting, request } = applicant;
    const { sid, connection } = greeting;
    if (sid !== undefined) {
      this.#upgrade(sid, applicant);
      return;
    }
    assignId(request, this.#opening, {
      onId: (id) => {
        if (handshake.isEnded) return;
        const transport = this.#createTransport(handshake, connection);
        this.#sessions.openStream(id, request, transport);
        transport.start();
      },
      onRefusal: (refusal) => handshake.refuse(closeInfoOf(refusal)),
      onWait: () => {},
    });
  }

  #upgrade(sid: string, applicant: Applicant): void {
    const session = this.#sessions.find(sid);
    if (session === undefined) {
      this.#refuse(applicant, { code: errors.UNKNOWN_SID, context: { sid } });
      return;
    }
    const transport = this.#createTransport(applicant.handshake, applicant.greeting.connection);
    session.beginUpgrade(transport);
    transport.start();
  }

  #createTransport(handshake: WebTransportHandshake, connection: WebTransportConnection): WebTransportTransport {
    handshake.accept();
    return new WebTransportTransport(connection, this.#transportContext);
  }

  #refuse({ handshake, request }: Applicant, refusal: Refusal): void {
    handshake.refuse(closeInfoOf(refusal));
    this.#tell(request, refusal);
  }

  #tell(request: EngineRequest, refusal: Refusal): void {
    this.#opening.owner.onRefused(describeRefusal(request, refusal));
  }
}

/** What a refused client is told: as code the status that a request would be answered with. */
function closeInfoOf(refusal: Refusal): WebTransportCloseInfo {
  return { closeCode: statusOf(refusal), reason: messageOf(refusal).slice(0, MAX_REASON_CHARS) };
}

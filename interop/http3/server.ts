import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { createSocket } from "node:dgram";
import quiche from "@matrixai/quic/native/quiche.js";
import type { Config, Host as HostPort } from "@matrixai/quic/native/types.js";
import { once } from "../events.ts";
import type { Certificate } from "../tls.ts";
import { Http3Connection } from "./http3-connection.ts";
import type { Http3Session } from "./http3-session.ts";
import { QuicConnection } from "./quic-connection.ts";

const HOST = "127.0.0.1";

/** A running HTTP/3 server. */
export interface Http3Server {
  /** Ends every connection, and the server. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP/3 server on a UDP port of the loopback interface that accepts WebTransport sessions for any path. It is made
 * for tests: just enough of RFC 9114 and of the drafts of WebTransport for a browser to connect.
 */
export async function startHttp3(
  port: number,
  certificate: Certificate,
  onSession: (session: Http3Session) => void,
): Promise<Http3Server> {
  const config = createConfig(certificate);
  const socket = createSocket("udp4");
  const listening = once(socket, "listening", { unless: ["error"] });
  socket.bind(port, HOST);
  await listening;
  const local: HostPort = { host: HOST, port };
  const connections = new Map<string, QuicConnection>();

  function send(datagram: Uint8Array, { host, port: to }: HostPort): void {
    socket.send(datagram, to, host);
  }

  function accept(clientsChoice: string, peer: HostPort): QuicConnection {
    const id = randomBytes(quiche.MAX_CONN_ID_LEN);
    const connection = new QuicConnection(quiche.Connection.accept(id, null, local, peer, config), local, peer, send);
    connection.bind(new Http3Connection(connection, onSession));
    for (const key of [clientsChoice, id.toString("hex")]) connections.set(key, connection);
    return connection;
  }

  socket.on("message", (datagram, { address, port: from }) => {
    const peer: HostPort = { host: address, port: from };
    const header = readHeader(datagram);
    if (header === undefined) return;
    const id = Buffer.from(header.dcid).toString("hex");
    const known = connections.get(id);
    if (known === undefined && header.ty !== quiche.Type.Initial) return;
    if (known === undefined && !quiche.versionIsSupported(header.version)) {
      const answer = Buffer.alloc(quiche.MAX_DATAGRAM_SIZE);
      send(answer.subarray(0, quiche.negotiateVersion(header.scid, header.dcid, answer)), peer);
      return;
    }
    (known ?? accept(id, peer)).receive(datagram, peer);
  });

  return {
    close: () =>
      new Promise((resolve) => {
        for (const connection of connections.values()) connection.close();
        setImmediate(() => socket.close(resolve));
      }),
  };
}

/** By what a page recognises a certificate that no authority has signed (`serverCertificateHashes`). */
export function fingerprint({ cert }: Certificate): number[] {
  return [...createHash("sha256").update(new X509Certificate(cert).raw).digest()];
}

function readHeader(datagram: Buffer): ReturnType<typeof quiche.Header.fromSlice> | undefined {
  try {
    return quiche.Header.fromSlice(datagram, quiche.MAX_CONN_ID_LEN);
  } catch {
    return undefined; // not QUIC
  }
}

function createConfig({ key, cert }: Certificate): Config {
  const config = quiche.Config.withBoringSslCtx(false, false, null, [Buffer.from(key)], [Buffer.from(cert)], null);
  config.setApplicationProtos(["h3"]);
  config.setMaxIdleTimeout(30_000);
  config.setMaxRecvUdpPayloadSize(1_350);
  config.setMaxSendUdpPayloadSize(1_350);
  config.setInitialMaxData(10_000_000);
  config.setInitialMaxStreamDataBidiLocal(1_000_000);
  config.setInitialMaxStreamDataBidiRemote(1_000_000);
  config.setInitialMaxStreamDataUni(1_000_000);
  config.setInitialMaxStreamsBidi(100);
  config.setInitialMaxStreamsUni(100);
  config.enableDgram(true, 100, 100); // browsers do not speak WebTransport to a server without
  return config;
}

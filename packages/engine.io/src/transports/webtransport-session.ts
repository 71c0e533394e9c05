/** The part of a stream's reader that is used. */
export interface StreamSource<Chunk> {
  read(): Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>;
}

/** The part of a `ReadableStream` that is used. */
interface ReadableLike<Chunk> {
  getReader(): StreamSource<Chunk>;
}

/** The part of a `WritableStream` that is used. */
interface WritableLike {
  getWriter(): {
    readonly desiredSize: number | null;
    readonly closed: Promise<unknown>;
    write(chunk: Uint8Array): Promise<unknown>;
  };
}

/** Why a session is closed: an application's own code and text. */
export interface WebTransportCloseInfo {
  closeCode: number;
  reason: string;
}

/** A session as a WebTransport server hands it out, for example that of `@fails-components/webtransport`. */
export interface WebTransportSession {
  /** Settles when the session is over. */
  readonly closed: Promise<unknown>;
  readonly incomingBidirectionalStreams: ReadableLike<{
    readonly readable: ReadableLike<Uint8Array>;
    readonly writable: WritableLike;
  }>;
  /** The headers of the request that opened it, by name in lower case; `:path` and `:authority` are among them. */
  readonly header?: unknown;
  /** The client's address and port. */
  readonly peerAddress?: string | undefined;
  /** Ends the session. */
  close(info?: WebTransportCloseInfo): void;
}

/** The part of a `net.Socket` that writing needs, and what it has brought. */
export interface WritableConnection {
  /** Whether it is a TLS connection. */
  readonly encrypted?: boolean;
  readonly writable: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  readonly bytesWritten: number;
  readonly bytesRead: number;
  write(chunk: string | Uint8Array, encoding?: "latin1"): boolean;
  cork(): void;
  uncork(): void;
  once(event: "drain", listener: () => void): unknown;
}

import type { EventData } from "@halyard/contracts";
import type { Lifespan } from "./lifespan.ts";

/** An event that waits for the connection. */
export interface BufferedEvent extends Lifespan {
  readonly type: "event";
  readonly namespace: string;
  readonly data: EventData;
  readonly compress: boolean;
  /** Of its acknowledgement, once it is waited for. */
  id?: number | undefined;
  /** While it is kept. */
  bytes?: number;
  /** How many were kept when it was, itself included, and how many bytes they had. */
  count?: number;
  totalBytes?: number;
}

/** What series of a metric differ in. Each has few values, whatever clients do. */
export type AttributeName =
  | "error.type"
  | "halyard.adapter.state"
  | "halyard.event"
  | "halyard.namespace"
  | "halyard.packet.type"
  | "halyard.protocol"
  | "halyard.query.kind"
  | "halyard.reason"
  | "halyard.transport"
  | "network.io.direction";

/** The attributes of one series. */
export type Attributes<Name extends AttributeName = AttributeName> = { readonly [Key in Name]?: string };

interface Definition<Name extends AttributeName> {
  /** As OpenTelemetry writes it: `halyard.connections`. */
  readonly name: string;
  /** In UCUM: `s`, `By`, `{connection}`. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly Name[];
}

/** A metric that adds up. */
export interface SumDefinition<Name extends AttributeName = AttributeName> extends Definition<Name> {
  /** Counters only grow; the others are how many there are at the moment. */
  readonly kind: "counter" | "up-down counter";
}

/** A metric of durations. */
export interface HistogramDefinition<Name extends AttributeName = AttributeName> extends Definition<Name> {
  readonly kind: "histogram";
  /** Upper bounds of the buckets, in the unit. */
  readonly boundaries: readonly number[];
}

/** A metric. */
export type MetricDefinition = SumDefinition | HistogramDefinition;

/** What OpenTelemetry calls whatever is not counted apart. */
export const OTHER = "_OTHER";

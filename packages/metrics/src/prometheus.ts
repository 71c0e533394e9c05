import type { IncomingMessage, ServerResponse } from "node:http";
import { register, type OpenMetricsContentType, type Registry } from "prom-client";
import { Book } from "./book.ts";
import { count } from "./count.ts";
import { resolveOptions, type CountingOptions, type ResolvedOptions } from "./options.ts";
import { Registration } from "./registration.ts";
import { serveRegistry } from "./serve-registry.ts";

export type { CountingOptions, ObservedServer } from "./options.ts";

/** A registry of `prom-client`, for the text format of Prometheus or that of OpenMetrics. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** What {@link createPrometheusEndpoint} takes. */
export interface PrometheusOptions extends CountingOptions {
  /**
   * Where the metrics are registered; the handler serves all that is in it.
   * @defaultValue `register` of `prom-client`, where the metrics of other libraries usually are
   */
  readonly registry?: AnyRegistry;
}

/** Metrics for Prometheus to fetch. */
export interface PrometheusEndpoint {
  readonly registry: AnyRegistry;
  /**
   * Answers GET, on whatever path, with everything in the registry: for `node:http`, and as a handler of Express. When metrics cannot
   * be collected it hands the error to `next`, or else answers status 500 and warns with code `METRICS_FAILED`.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => void;
  /** Ends counting, and takes the metrics out of the registry. May be called any number of times. */
  readonly stop: () => void;
}

/**
 * Counts what all Halyard servers of this process do, in a registry of `prom-client`, and makes a handler that serves the registry.
 * @throws `ALREADY_OBSERVED` when the registry has metrics of these names, such as those of another endpoint; `INVALID_OPTION`
 *
 * @example
 * import { createServer } from "node:http";
 * import { createPrometheusEndpoint } from "@halyard/metrics/prometheus";
 *
 * const { handler } = createPrometheusEndpoint();
 * createServer(handler).listen(9464);
 */
export function createPrometheusEndpoint(options: PrometheusOptions = {}): PrometheusEndpoint {
  const resolved = resolveOptions(options);
  const registry = options.registry ?? register;
  const registration = new Registration(registry);
  const stopCounting = countIn(registration, resolved);
  return {
    registry,
    handler: serveRegistry(registry),
    stop: () => {
      stopCounting();
      registration.undo();
    },
  };
}

/** Leaves nothing behind where it fails. */
function countIn(registration: Registration, options: ResolvedOptions): () => void {
  try {
    return count(new Book(registration), options);
  } catch (thrown) {
    registration.undo();
    throw thrown;
  }
}

import type { Clock, Parser, RecoveryStorage } from "@halyard/contracts";
import { NamespaceRecovery } from "./namespace-recovery.ts";
import type { RecoverySettings } from "./recovery-options.ts";

/** Connection state recovery of one server: what its namespaces share. */
export class ServerRecovery {
  readonly #settings: RecoverySettings;
  readonly #clock: Clock;
  readonly #parser: Parser;
  readonly #storage: RecoveryStorage;

  constructor(settings: RecoverySettings, clock: Clock, parser: Parser) {
    this.#settings = settings;
    this.#clock = clock;
    this.#parser = parser;
    this.#storage = settings.storage({ clock, limits: settings.limits });
  }

  /** Sets up one namespace. `onIdle` is called when the last client that was away is given up. */
  open(namespace: string, onIdle: () => void): NamespaceRecovery {
    const { skipMiddlewares, maxReplayBytes, limits } = this.#settings;
    return new NamespaceRecovery({
      namespace,
      parser: this.#parser,
      storage: this.#storage,
      skipMiddlewares,
      maxReplayBytes,
      maxLogAgeMs: limits.maxLogAgeMs,
      clock: this.#clock,
      onIdle,
    });
  }

  /** Lets go of everything. */
  close(): void {
    this.#storage.close();
  }
}

import type { BusStatus } from "@halyard/contracts";

/** Lets those wait who need a bus that has been up once. */
export class UpGate {
  /** Settles when the bus is up for the first time, or closed before. */
  readonly passed: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.passed = new Promise((resolve) => (this.#open = resolve));
  }

  onStatus({ kind }: BusStatus): void {
    if (kind === "up") this.#open();
  }

  close(): void {
    this.#open();
  }
}

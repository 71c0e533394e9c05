/** One check of a kit. Passes when `run` returns or resolves; fails with a plain `Error` that says what was expected. */
export interface ConformanceCase {
  /** Unique within its kit. */
  readonly name: string;
  /** Throws or rejects if what is checked does not do what the contract says. */
  readonly run: () => void | Promise<void>;
}

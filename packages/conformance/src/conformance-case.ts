/** One check of a kit. Passes when `run` returns or resolves; fails with a plain `Error` that says what was expected. */
export interface ConformanceCase {
  /** Unique within its kit. */
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

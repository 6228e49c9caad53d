/** How long work tells what it does. The terminal form lives in src/cli; a library user may pass any object of this shape. */

/** One step under way. */
export interface Step {
  /** @param amount - bytes (or items) finished since the last call. */
  advance(amount: number): void;
  /** @param detail - what came of it, such as `12.2 MB`. */
  done(detail?: string): void;
}

export interface Progress {
  /**
   * @param title - what is being done, such as `compress runtime`.
   * @param total - bytes (or items) in all, when known.
   */
  step(title: string, total?: number): Step;
  /** One line that a person should see, such as which runtime was chosen. */
  notice(text: string): void;
  /** One line about something that may surprise. */
  warn(text: string): void;
}

/** Says nothing. */
export const silentProgress: Progress = {
  step: () => ({ advance: () => undefined, done: () => undefined }),
  notice: () => undefined,
  warn: () => undefined,
};

/** The one place that turns an abort signal into this project's error. */
import { FlavorError } from "../format/error.js";

/** @throws FlavorError `interrupted` if the signal has fired. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new FlavorError("interrupted", "interrupted while packing");
}

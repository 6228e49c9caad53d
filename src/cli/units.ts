/** Figures as people read and write them. */
import { FlavorError } from "../format/error.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** @returns such as `12.2 MB`; powers of 1000. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${UNITS[unit] ?? ""}`;
}

/** @returns such as `0.4 s` or `2 min 5 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/**
 * @param text - such as `500MB`, `2G` or `1000000`; powers of 1000.
 * @throws FlavorError `usage`.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(text.trim());
  const power = ["", "k", "m", "g", "t"].indexOf((match?.[2] ?? "").toLowerCase());
  if (match === null) throw new FlavorError("usage", `${JSON.stringify(text)} is not a size: expected such as 500MB or 2G`);
  return Math.round(Number(match[1]) * 1000 ** power);
}

/** @throws FlavorError `usage` for anything but a number of days. */
export function parseDays(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new FlavorError("usage", `${JSON.stringify(text)} is not a number of days`);
  return Number(text);
}

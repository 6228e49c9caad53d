/** Placeholders are filled by the launcher; a mistyped one is found here (spec/launch.md, "Command"). */
import { FlavorError } from "../format/error.js";
import { nearest } from "./nearest.js";

const PLACEHOLDERS = ["workenv", "package_name", "version", "slot", "platform", "home"] as const;

const CANDIDATE = /\{([a-z][a-z0-9_]*)(?::([^{}]*))?\}/g;

/**
 * Refuse `{name}` with a lower-case name that is no placeholder, and `{slot:N}` without a slot N. Other braces stay as they are.
 *
 * @param where - the key that the text stands under.
 * @throws FlavorError `placeholder-unknown`.
 */
export function checkPlaceholders(text: string, where: string, slotCount: number): void {
  for (const [whole, name = "", argument] of text.matchAll(CANDIDATE)) {
    const known = PLACEHOLDERS.find((placeholder) => placeholder === name);
    if (known === "slot") {
      if (argument !== undefined && /^(?:0|[1-9]\d{0,3})$/.test(argument) && Number(argument) < slotCount) continue;
      throw new FlavorError("placeholder-unknown", `${where}: ${whole} names no slot: expected {slot:N} with N from 0 to ${slotCount - 1}`);
    }
    if (known !== undefined && argument === undefined) continue;
    const meant = nearest(name, PLACEHOLDERS);
    throw new FlavorError("placeholder-unknown", `${where}: ${whole} is not a placeholder`, {
      hint: meant === undefined || argument !== undefined ? `the placeholders are ${PLACEHOLDERS.map((known) => (known === "slot" ? "{slot:N}" : `{${known}}`)).join(" ")}` : `did you mean {${meant}}?`,
    });
  }
}

/** The home that the password database names, whatever HOME says. */
import { userInfo } from "node:os";

/** @returns an absolute path, or undefined for a user without an entry. */
export function passwordHome(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir === "" ? undefined : homedir;
  } catch {
    return undefined;
  }
}

/** The verdict of the TypeScript reader as `flavor verify` tells it. */
import { exitStatus, FlavorError } from "../src/format/error.js";
import { verifyPackage } from "../src/reader/verify.js";

/** @returns the exit status of verifying a file, 0 when it is intact; throws for anything that is not a refusal. */
export async function verifyStatus(path: string): Promise<number> {
  try {
    await verifyPackage(path);
    return 0;
  } catch (cause) {
    if (cause instanceof FlavorError) return exitStatus(cause.code, "verify");
    throw cause;
  }
}

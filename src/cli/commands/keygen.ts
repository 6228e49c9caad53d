/** `flavor keygen`. */
import { resolve } from "node:path";
import { writeKeyPair } from "../../trust/keys.js";
import { printResult, type Invocation } from "../invocation.js";

export async function keygen(invocation: Invocation, outDir: string): Promise<undefined> {
  const pair = await writeKeyPair(resolve(invocation.cwd, outDir));
  printResult(invocation, pair, [`private key  ${pair.privateKey}  (keep it secret)`, `public key   ${pair.publicKey}`, `key id       ${pair.keyId}`].join("\n"));
  return undefined;
}

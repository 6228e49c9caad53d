/** Which key signs a build. */
import { resolve } from "node:path";
import { FlavorError } from "../format/error.js";
import type { Signer } from "../format/signer.js";
import { ephemeralSigner, fileSigner, isGuessableSeed, seedSigner } from "../trust/keys.js";
import type { PackRequest } from "./request.js";

/**
 * @returns the signer, or undefined for an unsigned package.
 * @throws FlavorError `usage` when more than one kind of key is asked for, and those of the keys.
 */
export async function chooseSigner(request: PackRequest): Promise<Signer | undefined> {
  const asked = [request.keySeed === undefined ? undefined : "--key-seed", request.privateKey === undefined ? undefined : "--private-key", request.unsigned === true ? "--unsigned" : undefined];
  const given = asked.filter((name) => name !== undefined);
  if (given.length > 1) throw new FlavorError("usage", `${given.join(" and ")} exclude each other`);
  if (request.unsigned === true) {
    request.progress.warn("the package will be unsigned: nobody can tell whether it was changed");
    return undefined;
  }
  if (request.privateKey !== undefined) return fileSigner(resolve(request.cwd, request.privateKey));
  if (request.keySeed === undefined) return ephemeralSigner();
  if (isGuessableSeed(request.keySeed)) {
    request.progress.warn("the key seed can be guessed (under 128 bits): whoever guesses it can sign as you; use flavor keygen and --private-key for what you publish");
  }
  return seedSigner(request.keySeed);
}

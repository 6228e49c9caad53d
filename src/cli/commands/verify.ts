/** `flavor verify`. */
import { resolve } from "node:path";
import { FlavorError } from "../../format/error.js";
import { keyId } from "../../format/key-id.js";
import { openPackage } from "../../reader/open.js";
import { verifyOpenPackage } from "../../reader/verify.js";
import { isExpectedKey, readExpectedKey } from "../../trust/keys.js";
import { printResult, visible, type Invocation } from "../invocation.js";
import { terminalProgress } from "../progress.js";

export async function verify(invocation: Invocation, file: string, key: string | undefined): Promise<undefined> {
  const path = resolve(invocation.cwd, file);
  const expected = key === undefined ? undefined : await readExpectedKey(/^SHA256:|^[0-9a-fA-F]{64}$/.test(key) ? key : resolve(invocation.cwd, key));
  const progress = terminalProgress(invocation.terminal, !invocation.terminal.errIsTerminal, invocation.now);
  const pkg = await openPackage(path);
  try {
    const step = progress.step(`verify ${file}`, pkg.sizeBytes);
    const result = await verifyOpenPackage(pkg, {
      onBytes: (count) => {
        invocation.signal.throwIfAborted();
        step.advance(count);
      },
    });
    if (expected !== undefined) checkSigner(result, pkg.index.publicKey, expected, file);
    progress.close();
    const { metadata } = pkg;
    const document = { ok: true, path, package: metadata.package, packageId: result.packageId, signed: result.signed, sealed: result.sealed, keyId: result.keyId ?? null, keyLifetime: result.keyLifetime ?? null, signerExpected: expected !== undefined, checks: result.checks };
    const colors = invocation.terminal.outColors;
    const checks = result.checks.map((check) => `  ${colors.green("ok")}  ${visible(`${check.name}: ${check.detail}`)}`);
    const signer = [
      `signer  ${result.keyId ?? "none: the package is unsigned, anybody can have made it"}`,
      ...(result.keyLifetime === "build" ? ["        a key made for this build alone: it proves integrity, not who packed it"] : []),
      ...(expected === undefined ? [] : ["        it is the signer asked for"]),
      ...(result.sealed ? [] : ["        no seal (written by an earlier implementation): only metadata and slots are covered"]),
    ];
    printResult(invocation, document, [`${colors.bold(file)}: intact, ${visible(`${metadata.package.name} ${metadata.package.version}`)}`, ...checks, ...signer, `id      ${result.packageId}`].join("\n"));
    return undefined;
  } finally {
    progress.close();
    await pkg.close();
  }
}

/** @throws FlavorError `unsigned`, `seal-not-announced`, `key-differs`. */
function checkSigner(result: Awaited<ReturnType<typeof verifyOpenPackage>>, publicKey: Uint8Array, expected: Awaited<ReturnType<typeof readExpectedKey>>, file: string): void {
  const asked = expected.kind === "id" ? expected.keyId : keyId(expected.publicKey);
  if (!result.signed) throw new FlavorError("unsigned", `${file} is intact but unsigned: expected the signer ${asked}`);
  if (!result.sealed) throw new FlavorError("seal-not-announced", `${file} announces no seal: its signer does not vouch for the whole file`);
  if (!isExpectedKey(publicKey, expected)) {
    throw new FlavorError("key-differs", `${file} is signed by another key: expected ${asked}, found ${result.keyId ?? "none"}`, {
      hint: "do not run it unless you know why its signer changed",
      details: { expected: asked, found: result.keyId },
    });
  }
}

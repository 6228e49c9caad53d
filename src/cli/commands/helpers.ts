/** `flavor helpers list|info|build|test|clean`. */
import { EXIT_CODES } from "../../format/constants.gen.js";
import { FlavorError } from "../../format/error.js";
import { hostPlatform, platformName } from "../../format/platform.js";
import { buildHelpers, installHelpers, removeHelpers } from "../../helpers/build.js";
import { checkHelper } from "../../helpers/check.js";
import { helperFolders } from "../../helpers/folders.js";
import type { Language } from "../../helpers/helper.js";
import { listHelpers, pickHelper, type ListedHelper } from "../../helpers/list.js";
import { packageRoot } from "../../helpers/root.js";
import { hostCacheRoot } from "../../workenv/cache-root.js";
import { printResult, table, type Invocation } from "../invocation.js";
import { formatBytes } from "../units.js";

export async function list(invocation: Invocation): Promise<undefined> {
  const helpers = await atHand(invocation);
  const searched = searchedFolders(invocation);
  const row = (helper: ListedHelper) => {
    const { role, language, platform, version, sha256, origin, path } = summary(helper);
    return [role, language, platform ?? "?", version ?? "?", formatBytes(helper.sizeBytes), `${sha256.slice(0, 16)}${helper.pin === "wrong" ? " (not as pinned)" : ""}`, origin, path];
  };
  const text = helpers.length > 0 ? table(helpers.map(row)) : `no helpers: searched ${searched.join(", ")}\nmake build-helpers builds them in a checkout`;
  printResult(invocation, { searched, helpers: helpers.map(summary) }, text);
  return undefined;
}

export async function info(invocation: Invocation, name: string): Promise<undefined> {
  const helper = pickHelper(await atHand(invocation), name, host());
  const document = summary(helper);
  const rows = [
    ["name", helper.name],
    ["kind", `${helper.role} (${helper.language})`],
    ["version", document.version ?? "unknown: it carries no marker"],
    ["platform", document.platform ?? "unknown"],
    ["size", `${helper.sizeBytes} bytes`],
    ["sha256", helper.sha256],
    ["pinned", { right: "yes", wrong: "another SHA-256: it is refused", none: "no" }[helper.pin]],
    ["origin", helper.origin],
    ["path", helper.path],
  ];
  printResult(invocation, document, table(rows));
  return undefined;
}

export async function build(invocation: Invocation, language: Language | "all", install: boolean): Promise<undefined> {
  const root = packageRoot();
  await buildHelpers({ root, language, environment: invocation.environment, signal: invocation.signal, quiet: invocation.quiet });
  const built = ofLanguage(await atHand(invocation), language).filter((helper) => helper.origin === "local");
  const installed = install ? await installHelpers(built, root, hostCacheRoot(invocation.environment)) : [];
  const paths = [...built.map((helper) => helper.path), ...installed];
  printResult(invocation, { built: built.map(summary), installed }, invocation.quiet ? "" : paths.join("\n"));
  return undefined;
}

export async function test(invocation: Invocation, language: Language | "all"): Promise<number> {
  const helpers = ofLanguage(await atHand(invocation), language);
  if (helpers.length === 0) throw new FlavorError("helper-missing", `no helpers: searched ${searchedFolders(invocation).join(", ")}`, { hint: "run make build-helpers in a checkout" });
  const checks = await Promise.all(helpers.map((helper) => checkHelper(helper, host())));
  printResult(invocation, { checks }, table(checks.map((check) => [check.ok ? "ok" : "FAILED", check.name, check.detail])));
  return checks.every((check) => check.ok) ? EXIT_CODES.ok : EXIT_CODES.difference;
}

export async function clean(invocation: Invocation, language: Language | "all"): Promise<undefined> {
  const removed = await removeHelpers(ofLanguage(await atHand(invocation), language));
  printResult(invocation, { removed }, removed.length > 0 ? removed.map((path) => `removed ${path}`).join("\n") : "no helpers to remove");
  return undefined;
}

function atHand(invocation: Invocation): Promise<ListedHelper[]> {
  return listHelpers({ environment: invocation.environment });
}

function host(): string {
  return platformName(hostPlatform(process.platform, process.arch));
}

function searchedFolders(invocation: Invocation): readonly string[] {
  return helperFolders(invocation).map((folder) => folder.path);
}

function ofLanguage(helpers: readonly ListedHelper[], language: Language | "all"): ListedHelper[] {
  return helpers.filter((helper) => language === "all" || helper.language === language);
}

function summary({ name, role, language, marker, sizeBytes, sha256, pin, origin, path }: ListedHelper) {
  return { name, role, language, version: marker?.version ?? null, platform: marker?.platform ?? null, size: sizeBytes, sha256, pin, origin, path };
}

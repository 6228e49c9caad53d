/** `flavor helpers list|info|build|test|clean`. */
import { EXIT_CODES } from "../../format/constants.gen.js";
import { FlavorError } from "../../format/error.js";
import { hostPlatform, platformName } from "../../format/platform.js";
import { buildHelpers, installHelpers, removeHelpers, type HelperLanguage } from "../../helpers/build.js";
import { checkHelper } from "../../helpers/check.js";
import { helperFolders } from "../../helpers/find.js";
import { helperDigest, listHelpers, pickHelper, type ListedHelper } from "../../helpers/list.js";
import { packageRoot } from "../../helpers/root.js";
import { hostCacheRoot } from "../../workenv/cache-root.js";
import { printResult, table, type Invocation } from "../invocation.js";
import { formatBytes } from "../units.js";

export async function list(invocation: Invocation): Promise<undefined> {
  const helpers = await atHand(invocation);
  const rows = helpers.map((helper) => [helper.name, helper.marker?.version ?? "?", helper.marker?.platform ?? "?", formatBytes(helper.sizeBytes), helper.path]);
  const text = rows.length > 0 ? table(rows) : `no helpers: searched ${helperFolders(invocation).join(", ")}\nmake build-helpers builds them in a checkout`;
  printResult(invocation, { searched: helperFolders(invocation), helpers: helpers.map(summary) }, text);
  return undefined;
}

export async function info(invocation: Invocation, name: string): Promise<undefined> {
  const helper = pickHelper(await atHand(invocation), name);
  const document = { ...summary(helper), sha256: await helperDigest(helper) };
  const rows = [
    ["name", helper.name],
    ["kind", `${helper.role} (${helper.language})`],
    ["version", helper.marker?.version ?? "unknown: it carries no marker"],
    ["platform", helper.marker?.platform ?? "unknown"],
    ["size", `${helper.sizeBytes} bytes`],
    ["sha256", document.sha256],
    ["path", helper.path],
  ];
  printResult(invocation, document, table(rows));
  return undefined;
}

export async function build(invocation: Invocation, language: HelperLanguage, install: boolean): Promise<undefined> {
  const root = packageRoot();
  await buildHelpers({ root, language, environment: invocation.environment, signal: invocation.signal, quiet: invocation.quiet });
  const built = ofLanguage((await atHand(invocation)).filter((helper) => helper.folder.startsWith(root)), language);
  const installed = install ? await installHelpers(built, root, hostCacheRoot(invocation.environment)) : [];
  const paths = [...built.map((helper) => helper.path), ...installed];
  printResult(invocation, { built: built.map(summary), installed }, invocation.quiet ? "" : paths.join("\n"));
  return undefined;
}

export async function test(invocation: Invocation, language: HelperLanguage): Promise<number> {
  const helpers = ofLanguage(await atHand(invocation), language);
  if (helpers.length === 0) throw new FlavorError("helper-missing", `no helpers: searched ${helperFolders(invocation).join(", ")}`, { hint: "run make build-helpers in a checkout" });
  const host = platformName(hostPlatform(process.platform, process.arch));
  const checks = await Promise.all(helpers.map((helper) => checkHelper(helper, host)));
  printResult(invocation, { checks }, table(checks.map((check) => [check.ok ? "ok" : "FAILED", check.name, check.detail])));
  return checks.every((check) => check.ok) ? EXIT_CODES.ok : EXIT_CODES.difference;
}

export async function clean(invocation: Invocation, language: HelperLanguage): Promise<undefined> {
  const removed = await removeHelpers(ofLanguage(await atHand(invocation), language));
  printResult(invocation, { removed }, removed.length > 0 ? removed.map((path) => `removed ${path}`).join("\n") : "no helpers to remove");
  return undefined;
}

function atHand(invocation: Invocation): Promise<ListedHelper[]> {
  return listHelpers({ environment: invocation.environment });
}

function ofLanguage(helpers: readonly ListedHelper[], language: HelperLanguage): ListedHelper[] {
  return helpers.filter((helper) => language === "all" || helper.language === language);
}

function summary(helper: ListedHelper) {
  return { name: helper.name, role: helper.role, language: helper.language, version: helper.marker?.version ?? null, platform: helper.marker?.platform ?? null, size: helper.sizeBytes, path: helper.path };
}

/** `flavor pack`. */
import { relative } from "node:path";
import { pack as packSource } from "../../orchestrator/pack.js";
import type { PackResult } from "../../orchestrator/request.js";
import type { PackFlags } from "../definitions/pack.js";
import { defined, printResult, type Invocation } from "../invocation.js";
import { terminalProgress } from "../progress.js";
import { formatBytes, formatDuration } from "../units.js";
import { commonRequest, keySeed } from "./request.js";

export async function pack(invocation: Invocation, source: string | undefined, flags: PackFlags): Promise<number | undefined> {
  const progress = terminalProgress(invocation.terminal, invocation.quiet, invocation.now);
  try {
    const result = await packSource({
      ...commonRequest(invocation, source, flags, progress),
      verify: flags.verify,
      force: flags.force ?? false,
      dryRun: flags.dryRun ?? false,
      strip: flags.strip ?? false,
      builder: flags.builder,
      ...defined({
        output: flags.output,
        keySeed: keySeed(invocation, flags),
        privateKey: flags.privateKey,
        unsigned: flags.unsigned,
        workenvBase: flags.workenvBase ?? workenvBaseOf(invocation),
      }),
    });
    progress.close();
    if (invocation.quiet && !invocation.json) return undefined;
    printResult(invocation, result, result.kind === "plan" ? planText(result) : packedText(invocation, result));
    return undefined;
  } finally {
    progress.close();
  }
}

function workenvBaseOf(invocation: Invocation): string | undefined {
  const base = invocation.environment["FLAVOR_WORKENV_BASE"];
  return base === "" ? undefined : base;
}

function planText(result: Extract<PackResult, { kind: "plan" }>): string {
  const { plan } = result;
  const lines = [
    `would pack ${plan.name}${plan.version === undefined ? "" : ` ${plan.version}`} (${plan.kind}) to ${result.output ?? "a file named after its default entry"}`,
    `  launcher ${result.launcher}`,
    `  builder  ${result.builder}`,
    ...(plan.runtime === undefined ? [] : [`  runtime  ${plan.runtime}`]),
    ...(plan.entries.length === 0 ? [] : [`  entries  ${plan.entries.join(", ")}`]),
    ...plan.slots.map((slot) => `  slot     ${slot.id}: ${slot.content}`),
  ];
  return lines.join("\n");
}

function packedText(invocation: Invocation, result: Extract<PackResult, { kind: "packed" }>): string {
  const colors = invocation.terminal.outColors;
  const near = relative(invocation.cwd, result.path);
  const shown = near.startsWith("..") ? result.path : near;
  const row = (label: string, value: string | undefined) => (value === undefined ? [] : [`  ${colors.dim(label.padEnd(8))} ${value}`]);
  return [
    `${colors.bold(shown)}  ${formatBytes(result.size)}  ${formatDuration(result.elapsedMs)}`,
    ...row("sha256", result.sha256),
    ...row("id", result.packageId),
    ...row("signer", result.keyId === undefined ? "none: the package is unsigned" : `${result.keyId}${result.keyLifetime === "build" ? "  (a key made for this build alone)" : ""}`),
    ...row("entries", result.entries.length > 1 ? result.entries.join(", ") : undefined),
    ...row("wheel", result.wheelFileName),
    ...row("needs", result.floor),
    ...row("stripped", result.launcher.strippedBytes === undefined ? undefined : `${formatBytes(result.launcher.strippedBytes)} of the launcher`),
    ...row("builder", `${result.builder.name} ${result.builder.version}`),
  ].join("\n");
}

/** `flavor inspect`. */
import { basename, resolve } from "node:path";
import { toHex } from "../../format/checksum.js";
import { keyId } from "../../format/key-id.js";
import { markedName, readMarker } from "../../helpers/marker.js";
import { openPackage, type Package } from "../../reader/open.js";
import { printResult, visible, type Invocation } from "../invocation.js";
import { formatBytes } from "../units.js";
import type { Colors } from "../terminal.js";

export async function inspect(invocation: Invocation, file: string): Promise<undefined> {
  const pkg = await openPackage(resolve(invocation.cwd, file));
  try {
    const document = await describe(pkg);
    printResult(invocation, document, render(document, invocation.terminal.outColors));
    return undefined;
  } finally {
    await pkg.close();
  }
}

type Description = Awaited<ReturnType<typeof describe>>;

async function describe(pkg: Package) {
  const { metadata, index } = pkg;
  const { launcher } = metadata;
  const marker = launcher === undefined ? await readMarker(pkg.path) : undefined;
  const signed = index.publicKey.some((byte) => byte !== 0);
  const wheel = metadata.slots.find((slot) => slot.purpose === "wheel");
  return {
    format: "PSPF/2025",
    path: pkg.path,
    size: pkg.sizeBytes,
    packageId: toHex(pkg.packageId),
    package: metadata.package,
    signer: { signed, sealed: pkg.sealed, keyId: signed ? keyId(index.publicKey) : null, lifetime: metadata.keyLifetime ?? null, minimumLevel: metadata.minimumLevel ?? null },
    launcher: {
      tool: launcher?.tool ?? (marker === undefined ? "unknown" : markedName(marker)),
      version: launcher?.toolVersion ?? marker?.version ?? "unknown",
      platform: launcher?.platform ?? marker?.platform ?? `${metadata.build.os}_${metadata.build.arch}`,
      size: index.launcherSize,
      sha256: launcher?.sha256 ?? null,
    },
    command: metadata.execution.argv.length > 0 ? metadata.execution.argv : null,
    commandLine: metadata.execution.command,
    entry: metadata.execution.entry ?? null,
    entries: metadata.execution.entries ?? {},
    environment: metadata.execution.env,
    runtimeEnvironment: metadata.runtimeEnv ?? null,
    workenv: metadata.workenv ?? null,
    setupCommands: metadata.setupCommands ?? [],
    requirements: metadata.requirements ?? null,
    build: metadata.build,
    slots: metadata.slots.map((slot, position) => ({
      slot: position,
      id: slot.id,
      target: slot.target,
      purpose: slot.purpose,
      lifecycle: slot.lifecycle,
      operations: slot.operations,
      size: slot.size,
      originalSize: slot.originalSize,
      ratio: slot.originalSize === 0 ? 1 : Math.round((slot.size / slot.originalSize) * 1000) / 1000,
      frames: slot.frames?.length ?? 0,
      permissions: slot.permissions === undefined ? null : slot.permissions.toString(8).padStart(4, "0"),
      platform: slot.platform ?? null,
      sha256: slot.sha256,
    })),
    wheelFileName: wheel === undefined ? null : basename(wheel.target),
  };
}

function render(about: Description, colors: Colors): string {
  const { signer, launcher } = about;
  const rows: string[] = [];
  const row = (label: string, value: string) => rows.push(`├─ ${colors.dim(label.padEnd(12))} ${visible(value)}`);
  rows.push(`${colors.bold(visible(`${about.package.name} ${about.package.version}`))}  ${formatBytes(about.size)}  ${visible(basename(about.path))}`);
  if (about.package.description !== undefined) row("about", about.package.description);
  row("id", about.packageId);
  row("signer", signer.keyId === null ? "none (unsigned)" : `${signer.keyId}${signer.lifetime === "build" ? " (a key made for this build alone)" : ""}${signer.sealed ? "" : " (metadata only: no seal)"}`);
  row("launcher", `${launcher.tool} ${launcher.version}, ${launcher.platform}, ${formatBytes(launcher.size)}`);
  row("command", about.commandLine);
  for (const [name, { argv }] of Object.entries(about.entries)) row("entry", `${name}${name === about.entry ? " (default)" : ""}: ${argv.join(" ")}`);
  for (const [name, value] of Object.entries(about.environment)) row("environment", `${name}=${value}`);
  for (const [rule, value] of Object.entries(about.runtimeEnvironment ?? {})) row("inherited", `${rule} ${JSON.stringify(value)}`);
  if (about.setupCommands.length > 0) row("setup", `${about.setupCommands.length} commands at the first start`);
  if (about.requirements !== null) row("needs", `${about.requirements.libc ?? "no C library"} ${about.requirements.libcVersion ?? ""}`.trimEnd());
  if (about.wheelFileName !== null) row("wheel", `installable as ${about.wheelFileName}`);
  row("built", `by ${about.build.tool} ${about.build.toolVersion}, ${about.build.timestamp}${about.build.deterministic ? ", reproducible" : ""}`);
  rows.push(`└─ ${about.slots.length} slot${about.slots.length === 1 ? "" : "s"}`);
  about.slots.forEach((slot, position) => {
    const last = position === about.slots.length - 1;
    const ratio = slot.operations === "raw" ? "" : ` of ${formatBytes(slot.originalSize)} (${Math.round(slot.ratio * 100)} %)`;
    rows.push(`   ${last ? "└─" : "├─"} ${position} ${colors.bold(visible(slot.id))}  ${formatBytes(slot.size)}${ratio}  -> ${visible(slot.target)}`);
    rows.push(`   ${last ? "  " : "│ "}    ${visible(`${slot.operations}, ${slot.purpose}, ${slot.lifecycle}`)}${slot.permissions === null ? "" : `, mode ${slot.permissions}`}${slot.platform === null ? "" : `, only ${visible(slot.platform)}`}  ${colors.dim(`sha256 ${slot.sha256}`)}`);
  });
  return rows.join("\n");
}

/**
 * The metadata document: what it holds, how it is written and how it is read.
 *
 * Source: spec/metadata.md. The encoder writes members in canonical order; the decoder checks every type and ignores unknown members.
 */
import { LIMIT_METADATA_PLAIN_BYTES, LIMIT_METADATA_PLAIN_BYTES_WITHOUT_FRAMES, LIMIT_SLOTS, VALIDATION_LEVELS } from "./constants.gen.js";
import { FlavorError } from "./error.js";
import { JsonReader } from "./json-reader.js";
import { encodeJson, type Json } from "./json.js";

/** One zstd frame of a slot. */
export interface Frame {
  /** Offset of the stored frame from the start of the slot. */
  readonly offset: number;
  /** Stored size. */
  readonly size: number;
  /** Bytes of tar in it. */
  readonly plain: number;
  /** SHA-256 of the stored frame, hex. */
  readonly sha256: string;
  /** Offset in the frame's plain bytes of the first tar header that starts in it; null when none does. */
  readonly first: number | null;
}

export interface MetadataSlot {
  readonly id: string;
  readonly target: string;
  readonly size: number;
  readonly originalSize: number;
  /** SHA-256 of the stored blob, hex. */
  readonly sha256: string;
  readonly operations: string;
  readonly purpose: string;
  readonly lifecycle: string;
  /** Mode of a single file; undefined for archives. */
  readonly permissions?: number;
  readonly platform?: string;
  readonly frames?: readonly Frame[];
  /** Why the list cannot be read beyond these frames. */
  readonly framesFault?: FlavorError;
}

export type ValidationLevel = (typeof VALIDATION_LEVELS)[number];

export interface Metadata {
  readonly package: { readonly name: string; readonly version: string; readonly description?: string; readonly sequence: number };
  readonly slots: readonly MetadataSlot[];
  readonly execution: {
    readonly argv: readonly string[];
    readonly command: string;
    readonly entry?: string;
    readonly entries?: Readonly<Record<string, { readonly argv: readonly string[] }>>;
    readonly env: Readonly<Record<string, string>>;
    readonly primarySlot: number;
  };
  /** Taken over as written: spec/metadata.md gives the shapes. */
  readonly runtimeEnv?: { readonly [key: string]: Json };
  readonly workenv?: { readonly [key: string]: Json };
  readonly setupCommands?: readonly Json[];
  readonly cacheValidation?: { readonly [key: string]: Json };
  readonly requirements?: { readonly libc?: string; readonly libcVersion?: string };
  readonly signed: boolean;
  /** Whether the seal is announced; false only for packages that upstream wrote. */
  readonly sealed: boolean;
  readonly minimumLevel?: ValidationLevel;
  readonly keyLifetime?: "build" | "publisher";
  readonly build: { readonly tool: string; readonly toolVersion: string; readonly timestamp: string; readonly deterministic: boolean; readonly os: string; readonly arch: string };
  readonly launcher?: { readonly tool: string; readonly toolVersion: string; readonly platform?: string; readonly size: number; readonly sha256: string };
}

/** @returns the canonical JSON bytes. @throws FlavorError `metadata-malformed` if it is above 1 MiB, or above 64 KiB without the frame lists. */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  const { execution, launcher, build } = metadata;
  const optional = <T>(key: string, value: T | undefined, render: (value: T) => Json): Record<string, Json> => (value === undefined ? {} : { [key]: render(value) });
  const as = (value: Json): Json => value;
  const document: Json = {
    format: "PSPF/2025",
    format_version: "1.0.0",
    package: { name: metadata.package.name, version: metadata.package.version, sequence: metadata.package.sequence, ...optional("description", metadata.package.description, as) },
    slots: metadata.slots.map((slot, position) => ({
      slot: position,
      id: slot.id,
      source: slot.id,
      target: slot.target,
      size: slot.size,
      original_size: slot.originalSize,
      checksum: `sha256:${slot.sha256}`,
      operations: slot.operations,
      purpose: slot.purpose,
      lifecycle: slot.lifecycle,
      permissions: slot.permissions === undefined ? null : slot.permissions.toString(8).padStart(4, "0"),
      resolution: "build",
      ...optional("platform", slot.platform, as),
      ...optional("frames", slot.frames, (frames) => frames.map((frame) => ({ ...frame }))),
    })),
    execution: {
      argv: execution.argv,
      command: execution.command,
      env: execution.env,
      environment: execution.env,
      primary_slot: execution.primarySlot,
      ...optional("entry", execution.entry, as),
      ...optional("entries", execution.entries, (entries) => Object.fromEntries(Object.entries(entries).map(([name, { argv }]) => [name, { argv }]))),
    },
    ...optional("runtime", metadata.runtimeEnv, (env) => ({ env })),
    ...optional("workenv", metadata.workenv, as),
    ...optional("setup_commands", metadata.setupCommands, as),
    ...optional("cache_validation", metadata.cacheValidation, as),
    ...optional("requirements", metadata.requirements, (needs) => ({ ...optional("libc", needs.libc, as), ...optional("libc_version", needs.libcVersion, as) })),
    verification: {
      integrity_seal: { algorithm: "ed25519", required: metadata.signed, scope: "package" },
      signed: metadata.signed,
      require_verification: metadata.signed,
      ...optional("minimum_level", metadata.minimumLevel, as),
      ...optional("key_lifetime", metadata.keyLifetime, as),
    },
    build: {
      tool: build.tool,
      tool_version: build.toolVersion,
      timestamp: build.timestamp,
      deterministic: build.deterministic,
      platform: { os: build.os, arch: build.arch, host: `${build.os}/${build.arch}` },
    },
    ...optional("launcher", launcher, (value) => ({
      tool: value.tool,
      tool_version: value.toolVersion,
      size: value.size,
      checksum: `sha256:${value.sha256}`,
      capabilities: [],
      ...optional("platform", value.platform, as),
    })),
    compatibility: { min_format_version: "1.0.0", features: [] },
  };
  const bytes = encodeJson(document);
  if (bytes.length > LIMIT_METADATA_PLAIN_BYTES) {
    throw new FlavorError("metadata-malformed", `metadata has ${bytes.length} bytes, more than ${LIMIT_METADATA_PLAIN_BYTES}`);
  }
  checkMetadataSize(document, bytes.length, "use fewer slots or put the files of several into one");
  return bytes;
}

/**
 * @param document - the whole document.
 * @param size - bytes of its JSON.
 * @param hint - for whoever can do something about it.
 * @throws FlavorError `metadata-malformed` for more than 64 KiB without the frame lists.
 */
export function checkMetadataSize(document: Json, size: number, hint?: string): void {
  let frameBytes = 0;
  const visit = (value: Json, path: number) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, item] of Object.entries(value as Record<string, Json>)) {
      if (path === 0 && key === "slots") visit(item, 1);
      else if (path === 1) visit(item, 2);
      else if (path === 2 && key === "frames") frameBytes += encodeJson(item).length;
    }
  };
  visit(document, 0);
  if (size - frameBytes > LIMIT_METADATA_PLAIN_BYTES_WITHOUT_FRAMES) {
    throw new FlavorError("metadata-malformed", `metadata has ${size - frameBytes} bytes without its frame lists, more than ${LIMIT_METADATA_PLAIN_BYTES_WITHOUT_FRAMES}`, { hint });
  }
}

/**
 * @param document - decoded JSON; canonical for sealed packages, any JSON for those of upstream.
 * @returns the metadata; members that no reader needs are checked for their type when they are there.
 * @throws FlavorError `metadata-malformed`, naming the key, what it must be and what it is; `version-unsupported` for a later shape.
 */
export function decodeMetadata(document: Json): Metadata {
  // Whether a value of the seal is there decides which rules the document is read by (spec/pspf-2025.md, "What upstream wrote").
  const announced = new JsonReader(document, "", false).present("verification", (at) => at.optional("integrity_seal", (seal) => seal.present("scope", (scope) => scope.asString())));
  const sealed = announced !== undefined;
  const root = new JsonReader(document, "", sealed);
  const minimumVersion = root.present("compatibility", (at) => at.present("min_format_version", (v) => v.asString())) ?? "1.0.0";
  const execution = root.object("execution");
  const verification = root.present("verification", (at) => at);
  const build = root.present("build", (at) => at);
  const platform = build?.present("platform", (at) => at);
  const argv = execution.present("argv", (at) => at.asArgv());
  const command = execution.present("command", (at) => at.asString());
  const slots = root.optionalList("slots");
  if (slots.length > LIMIT_SLOTS) throw new FlavorError("metadata-malformed", `metadata lists ${slots.length} slots, more than ${LIMIT_SLOTS}`);
  const signed = verification?.present("signed", (at) => at.asBoolean()) ?? false;
  const required = verification?.optional("integrity_seal", (seal) => seal.present("required", (at) => at.asBoolean())) ?? false;
  const minimumLevel = verification?.present("minimum_level", (at) => at.oneOf(VALIDATION_LEVELS));
  const pick = <K extends string, T>(key: K, value: T | undefined) => (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
  const texts = (at: JsonReader) => at.asMap((value) => value.asString());
  const metadata: Metadata = {
    package: {
      name: root.object("package").string("name"),
      version: root.object("package").string("version"),
      ...pick("description", root.object("package").optional("description", (at) => at.asString())),
      sequence: root.object("package").present("sequence", (at) => at.asInteger()) ?? 0,
    },
    slots: slots.map((slot, position) => decodeSlotEntry(slot, position, sealed)),
    execution: {
      argv: argv ?? [],
      command: command ?? "",
      ...pick("entry", execution.optional("entry", (at) => at.asString())),
      ...pick("entries", execution.present("entries", (at) => at.asMap((entry) => ({ argv: entry.object("argv").asArgv() })))),
      env: { ...execution.optional("environment", texts), ...execution.optional("env", texts) },
      primarySlot: execution.optional("primary_slot", (at) => at.asInteger()) ?? 0,
    },
    ...pick("runtimeEnv", root.optional("runtime", (at) => at.optional("env", (env) => env.asRuntimeEnv()))),
    ...pick("workenv", root.optional("workenv", (at) => at.asWorkenv())),
    ...pick("setupCommands", root.optional("setup_commands", (at) => at.asList().map((item) => item.asSetupCommand()))),
    ...pick("cacheValidation", root.optional("cache_validation", (at) => at.asObject())),
    ...pick(
      "requirements",
      root.present("requirements", (at) => ({ ...pick("libc", at.present("libc", (v) => v.asString())), ...pick("libcVersion", at.present("libc_version", (v) => v.asString())) })),
    ),
    signed,
    sealed,
    ...pick("minimumLevel", minimumLevel),
    ...pick("keyLifetime", verification?.present("key_lifetime", (at) => at.oneOf(["build", "publisher"] as const))),
    build: {
      tool: build?.present("tool", (at) => at.asString()) ?? "unknown",
      toolVersion: build?.optional("tool_version", (at) => at.asString()) ?? "unknown",
      timestamp: build?.present("timestamp", (at) => at.asString()) ?? "unknown",
      deterministic: build?.optional("deterministic", (at) => at.asBoolean()) ?? false,
      os: platform?.optional("os", (at) => at.asString()) ?? "unknown",
      arch: platform?.optional("arch", (at) => at.asString()) ?? "unknown",
    },
    ...pick("launcher", root.present("launcher", (at) => decodeLauncher(at))),
  };
  // The document as a whole, once its members are known to be what they must.
  if (sealed) checkShape(root, announced, minimumVersion, signed === required);
  else for (const key of ["format", "format_version"]) root.present(key, (at) => at.asString());
  if (argv === undefined && command === undefined) throw new FlavorError("metadata-malformed", "metadata key execution has neither argv nor command");
  return metadata;
}

/** What a document that announces the seal must say about itself. */
function checkShape(root: JsonReader, scope: string, minimum: string, sealFitsSigned: boolean): void {
  const format = root.string("format");
  if (format !== "PSPF/2025") throw new FlavorError("metadata-malformed", `metadata key format is ${JSON.stringify(format)}, expected "PSPF/2025"`);
  const version = root.string("format_version");
  if (version !== "1.0.0" || minimum !== "1.0.0" || scope !== "package") {
    throw new FlavorError("version-unsupported", `metadata has format_version ${version}, min_format_version ${minimum} and seal scope ${scope}, expected 1.0.0, 1.0.0 and package`);
  }
  if (!sealFitsSigned) throw new FlavorError("metadata-malformed", "metadata keys verification.signed and verification.integrity_seal.required differ");
  const launcher = root.object("launcher");
  for (const key of ["size", "checksum"]) launcher.object(key);
  if (root.optional("workenv", (at) => at.present("name", (name) => name.asString())) !== undefined) {
    throw new FlavorError("version-unsupported", "metadata key workenv.name is reserved for a later version");
  }
}

function decodeLauncher(at: JsonReader): Metadata["launcher"] {
  const platform = at.optional("platform", (v) => v.asString());
  return {
    tool: at.present("tool", (v) => v.asString()) ?? "unknown",
    toolVersion: at.present("tool_version", (v) => v.asString()) ?? "unknown",
    ...(platform === undefined ? {} : { platform }),
    size: at.present("size", (v) => v.asInteger()) ?? 0,
    sha256: at.present("checksum", (v) => v.asDigest()) ?? "",
  };
}

function decodeSlotEntry(slot: JsonReader, position: number, sealed: boolean): MetadataSlot {
  const number = slot.present("slot", (at) => at.asInteger());
  if (sealed && number !== position) throw new FlavorError("metadata-malformed", `metadata key slots[${position}].slot is ${number ?? "missing"}, expected its position`);
  slot.present("self_ref", (at) => at.asBoolean());
  const permissions = slot.permissions();
  const platform = slot.optional("platform", (at) => at.asString());
  const list = slot.present("frames", (at) => at.asList());
  const text = (key: string): string => (sealed ? slot.string(key) : (slot.present(key, (at) => at.asString()) ?? ""));
  const integer = (key: string): number => (sealed ? slot.object(key).asInteger() : (slot.present(key, (at) => at.asInteger()) ?? 0));
  const id = text("id");
  if (sealed && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) throw new FlavorError("metadata-malformed", `metadata key slots[${position}].id ${JSON.stringify(id)} is not a valid id`);
  return {
    id,
    target: text("target"),
    size: integer("size"),
    originalSize: integer("original_size"),
    sha256: sealed ? slot.object("checksum").asDigest() : (slot.present("checksum", (at) => at.asDigest()) ?? ""),
    operations: text("operations"),
    purpose: text("purpose"),
    lifecycle: text("lifecycle"),
    ...(permissions === undefined ? {} : { permissions }),
    ...(platform === undefined ? {} : { platform }),
    ...(list === undefined || !sealed ? {} : decodeFrames(list)),
  };
}

/** What is wrong in a list counts when the list is looked at, after what is wrong with the document. */
function decodeFrames(list: readonly JsonReader[]): Pick<MetadataSlot, "frames" | "framesFault"> {
  const frames: Frame[] = [];
  for (const item of list) {
    try {
      frames.push(decodeFrame(item));
    } catch (fault) {
      if (fault instanceof FlavorError) return { frames, framesFault: fault };
      throw fault;
    }
  }
  return { frames };
}

function decodeFrame(frame: JsonReader): Frame {
  return {
    offset: frame.object("offset").asInteger(),
    size: frame.object("size").asInteger(),
    plain: frame.object("plain").asInteger(),
    sha256: frame.object("sha256").asHex64(),
    first: frame.object("first").value === null ? null : frame.object("first").asInteger(),
  };
}

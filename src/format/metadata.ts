/**
 * The metadata document: what it holds, how it is written and how it is read.
 *
 * Source: spec/metadata.md. The encoder writes members in canonical order; the decoder checks every type and ignores unknown members.
 */
import { LIMIT_METADATA_PLAIN_BYTES, LIMIT_SLOTS, VALIDATION_LEVELS } from "./constants.gen.js";
import { FlavorError } from "./error.js";
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
}

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
  readonly minimumLevel?: (typeof VALIDATION_LEVELS)[number];
  readonly keyLifetime?: "build" | "publisher";
  readonly build: { readonly tool: string; readonly toolVersion: string; readonly timestamp: string; readonly deterministic: boolean; readonly os: string; readonly arch: string };
  readonly launcher?: { readonly tool: string; readonly toolVersion: string; readonly platform?: string; readonly size: number; readonly sha256: string };
}

/** @returns the canonical JSON bytes. @throws FlavorError `metadata-malformed` if it is above 1 MiB. */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  const { execution, launcher, build } = metadata;
  const optional = <T>(key: string, value: T | undefined, render: (value: T) => Json): Record<string, Json> => (value === undefined ? {} : { [key]: render(value) });
  const as = (value: Json): Json => value;
  const bytes = encodeJson({
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
  });
  if (bytes.length > LIMIT_METADATA_PLAIN_BYTES) {
    throw new FlavorError("metadata-malformed", `metadata has ${bytes.length} bytes, more than ${LIMIT_METADATA_PLAIN_BYTES}`);
  }
  return bytes;
}

/** @returns whether the document announces the seal (spec/pspf-2025.md, "Seal"): it decides which rules the package is read by. */
export function announcesSeal(document: Json): boolean {
  return field(field(field(document, "verification"), "integrity_seal"), "scope") === "package";
}

function field(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param document - decoded JSON; canonical for sealed packages, any JSON for those of upstream.
 * @throws FlavorError `metadata-malformed`, naming the key, what it must be and what it is.
 */
export function decodeMetadata(document: Json): Metadata {
  const sealed = announcesSeal(document);
  const root = new Reader(document, "");
  const execution = root.object("execution");
  const verification = root.object("verification");
  const build = root.object("build");
  const command = execution.string("command");
  const minimumLevel = verification.optional("minimum_level", (at) => at.oneOf(VALIDATION_LEVELS));
  const slots = root.list("slots");
  if (slots.length > LIMIT_SLOTS) throw new FlavorError("metadata-malformed", `metadata lists ${slots.length} slots, more than ${LIMIT_SLOTS}`);
  if (sealed && execution.object("argv").asStrings().length === 0) throw new FlavorError("metadata-malformed", "metadata key execution.argv is empty");
  if (sealed) root.object("launcher");
  const pick = <K extends string, T>(key: K, value: T | undefined) => (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
  return {
    package: {
      name: root.object("package").string("name"),
      version: root.object("package").string("version"),
      ...pick("description", root.object("package").optional("description", (at) => at.asString())),
      sequence: root.object("package").optional("sequence", (at) => at.asInteger()) ?? 0,
    },
    slots: slots.map((slot) => decodeSlotEntry(slot, sealed)),
    execution: {
      argv: execution.optional("argv", (at) => at.asStrings()) ?? [],
      command,
      ...pick("entry", execution.optional("entry", (at) => at.asString())),
      ...pick("entries", execution.optional("entries", (at) => at.asMap((entry) => ({ argv: entry.object("argv").asStrings() })))),
      env: { ...execution.optional("environment", (at) => at.asMap((value) => value.asString())), ...execution.optional("env", (at) => at.asMap((value) => value.asString())) },
      primarySlot: execution.optional("primary_slot", (at) => at.asInteger()) ?? 0,
    },
    ...pick("runtimeEnv", root.optional("runtime", (at) => at.optional("env", (env) => env.asObject()))),
    ...pick("workenv", root.optional("workenv", (at) => at.asObject())),
    ...pick("setupCommands", root.optional("setup_commands", (at) => at.asList().map((item) => item.value))),
    ...pick("cacheValidation", root.optional("cache_validation", (at) => at.asObject())),
    ...pick(
      "requirements",
      root.optional("requirements", (at) => ({ ...pick("libc", at.optional("libc", (v) => v.asString())), ...pick("libcVersion", at.optional("libc_version", (v) => v.asString())) })),
    ),
    signed: verification.optional("signed", (at) => at.asBoolean()) ?? false,
    sealed,
    ...pick("minimumLevel", minimumLevel),
    ...pick("keyLifetime", verification.optional("key_lifetime", (at) => at.oneOf(["build", "publisher"] as const))),
    build: {
      tool: build.string("tool"),
      toolVersion: build.string("tool_version"),
      timestamp: build.string("timestamp"),
      deterministic: build.optional("deterministic", (at) => at.asBoolean()) ?? false,
      os: build.object("platform").string("os"),
      arch: build.object("platform").string("arch"),
    },
    ...pick(
      "launcher",
      root.optional("launcher", (at) => ({
        tool: at.string("tool"),
        toolVersion: at.string("tool_version"),
        ...pick("platform", at.optional("platform", (v) => v.asString())),
        size: at.object("size").asInteger(),
        sha256: at.object("checksum").asDigest(!sealed),
      })),
    ),
  };
}

function decodeSlotEntry(slot: Reader, sealed: boolean): MetadataSlot {
  const permissions = slot.optional("permissions", (at) => at.asMode());
  const platform = slot.optional("platform", (at) => at.asString());
  const frames = slot.optional("frames", (at) => at.asList().map(decodeFrame));
  const size = slot.object("size").asInteger();
  return {
    id: slot.string("id"),
    target: slot.string("target"),
    size,
    originalSize: slot.optional("original_size", (at) => at.asInteger()) ?? size,
    sha256: slot.object("checksum").asDigest(!sealed),
    operations: slot.string("operations"),
    purpose: slot.string("purpose"),
    lifecycle: slot.string("lifecycle"),
    ...(permissions === undefined ? {} : { permissions }),
    ...(platform === undefined ? {} : { platform }),
    ...(frames === undefined ? {} : { frames }),
  };
}

function decodeFrame(frame: Reader): Frame {
  return {
    offset: frame.object("offset").asInteger(),
    size: frame.object("size").asInteger(),
    plain: frame.object("plain").asInteger(),
    sha256: frame.object("sha256").asHex64(),
    first: frame.object("first").value === null ? null : frame.object("first").asInteger(),
  };
}

/** A value and where it stands, so that every refusal names its key. */
class Reader {
  readonly value: Json;
  readonly #path: string;

  constructor(value: Json, path: string) {
    this.value = value;
    this.#path = path;
  }

  #refuse(expected: string): FlavorError {
    const found = JSON.stringify(this.value);
    return new FlavorError("metadata-malformed", `metadata key ${this.#path}: expected ${expected}, found ${found.length > 60 ? `${found.slice(0, 60)}...` : found}`);
  }

  object(key: string): Reader {
    const object = this.asObject();
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const path = this.#path === "" ? key : `${this.#path}.${key}`;
    if (value === undefined) throw new FlavorError("metadata-malformed", `metadata key ${path} is missing`);
    return new Reader(value, path);
  }

  /** Absent and null are the same here: upstream's builders write null. */
  optional<T>(key: string, read: (at: Reader) => T): T | undefined {
    const object = this.asObject();
    return Object.hasOwn(object, key) && object[key] !== null ? read(this.object(key)) : undefined;
  }

  string(key: string): string {
    return this.object(key).asString();
  }

  list(key: string): Reader[] {
    return this.object(key).asList();
  }

  asObject(): { readonly [key: string]: Json } {
    if (!isObject(this.value)) throw this.#refuse("an object");
    return this.value;
  }

  asList(): Reader[] {
    if (!Array.isArray(this.value)) throw this.#refuse("a list");
    const items: readonly Json[] = this.value;
    return items.map((item, position) => new Reader(item, `${this.#path}[${position}]`));
  }

  asMap<T>(read: (at: Reader) => T): Record<string, T> {
    return Object.fromEntries(Object.keys(this.asObject()).map((key) => [key, read(this.object(key))]));
  }

  asString(): string {
    if (typeof this.value !== "string") throw this.#refuse("a string");
    return this.value;
  }

  asStrings(): string[] {
    return this.asList().map((item) => item.asString());
  }

  asBoolean(): boolean {
    if (typeof this.value !== "boolean") throw this.#refuse("true or false");
    return this.value;
  }

  asInteger(): number {
    if (typeof this.value !== "number" || !Number.isSafeInteger(this.value) || this.value < 0) throw this.#refuse("an integer that is not negative");
    return this.value;
  }

  asMode(): number {
    const text = this.asString();
    if (!/^[0-7]{1,5}$/.test(text)) throw this.#refuse("an octal mode");
    return Number.parseInt(text, 8);
  }

  asHex64(): string {
    const text = this.asString();
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.#refuse("64 hex digits");
    return text;
  }

  /** @param lenient - upstream may double the prefix, or leave the digest of an empty slot empty. */
  asDigest(lenient: boolean): string {
    const text = this.asString();
    const digest = lenient ? text.replace(/^(sha256:)+/, "") : text.replace(/^sha256:/, "");
    if (lenient && digest === "") return "";
    if ((!lenient && !text.startsWith("sha256:")) || !/^[0-9a-f]{64}$/.test(digest)) throw this.#refuse("sha256: and 64 hex digits");
    return digest;
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const found = values.find((value) => value === this.value);
    if (found === undefined) throw this.#refuse(values.join(" or "));
    return found;
  }
}

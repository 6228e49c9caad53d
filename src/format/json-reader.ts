/**
 * Reading a decoded document member by member: every refusal names its key, what it must be and what it is.
 */
import { FlavorError } from "./error.js";
import type { Json } from "./json.js";

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value and where it stands, so that every refusal names its key. */
export class JsonReader {
  readonly value: Json;
  readonly #path: string;
  /** Whether the rules of this format hold. Upstream's builders write null for what is not there, and octal numbers in several ways. */
  readonly #strict: boolean;

  constructor(value: Json, path: string, strict: boolean) {
    this.value = value;
    this.#path = path;
    this.#strict = strict;
  }

  #refuse(expected: string): FlavorError {
    const found = isObject(this.value) ? "an object" : Array.isArray(this.value) ? "a list" : JSON.stringify(this.value);
    return new FlavorError("metadata-malformed", `metadata key ${this.#path}: expected ${expected}, found ${found.length > 60 ? `${found.slice(0, 60)}...` : found}`);
  }

  object(key: string): JsonReader {
    const value = this.present(key, (at) => at);
    if (value === undefined) throw new FlavorError("metadata-malformed", `metadata key ${this.#below(key)} is missing`);
    return value;
  }

  /** A member that may be absent. */
  present<T>(key: string, read: (at: JsonReader) => T): T | undefined {
    const object = this.asObject();
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    return value === undefined ? undefined : read(new JsonReader(value, this.#below(key), this.#strict));
  }

  /** The same, where upstream's builders may write null. */
  optional<T>(key: string, read: (at: JsonReader) => T): T | undefined {
    return this.present(key, (at) => (at.value === null && !this.#strict ? undefined : read(at)));
  }

  string(key: string): string {
    return this.object(key).asString();
  }

  /** A list that must be there, or null where upstream's builders may write it. */
  optionalList(key: string): JsonReader[] {
    const list = this.object(key);
    return list.value === null && !this.#strict ? [] : list.asList();
  }

  #below(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  asObject(): { readonly [key: string]: Json } {
    if (!isObject(this.value)) throw this.#refuse("an object");
    return this.value;
  }

  asList(): JsonReader[] {
    if (!Array.isArray(this.value)) throw this.#refuse("a list");
    const items: readonly Json[] = this.value;
    return items.map((item, position) => new JsonReader(item, `${this.#path}[${position}]`, this.#strict));
  }

  asMap<T>(read: (at: JsonReader) => T): Record<string, T> {
    return Object.fromEntries(Object.keys(this.asObject()).map((key) => [key, read(this.object(key))]));
  }

  asString(): string {
    if (typeof this.value !== "string") throw this.#refuse("a string");
    return this.value;
  }

  asStrings(): string[] {
    return this.asList().map((item) => item.asString());
  }

  asArgv(): string[] {
    const words = this.asStrings();
    if (words.length === 0) throw this.#refuse("a list that is not empty");
    return words;
  }

  asBoolean(): boolean {
    if (typeof this.value !== "boolean") throw this.#refuse("true or false");
    return this.value;
  }

  asInteger(): number {
    if (typeof this.value !== "number" || !Number.isSafeInteger(this.value) || this.value < 0) throw this.#refuse("an integer that is not negative");
    return this.value;
  }

  /** A slot's mode: four octal digits; null for archives. */
  permissions(): number | undefined {
    return this.present("permissions", (at) => (at.value === null ? undefined : at.#asPermissions()));
  }

  #asPermissions(): number {
    const text = this.asString();
    const digits = this.#strict ? text : text.replace(/^(0o)+/, "");
    const mode = Number.parseInt(digits, 8);
    if (!(this.#strict ? /^[0-7]{4}$/ : /^[0-7]+$/).test(digits) || mode > 0o7777) throw this.#refuse("four octal digits");
    return mode;
  }

  /** A mode of the workenv: octal digits, or the number itself. */
  #checkMode(): void {
    const digits = typeof this.value === "string" ? this.value.replace(/^(0o)+/, "") : undefined;
    const mode = digits === undefined ? this.asInteger() : /^\+?[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Infinity;
    if (mode > 0o7777) throw this.#refuse("a mode in octal digits");
  }

  asRuntimeEnv(): { readonly [key: string]: Json } {
    for (const key of ["unset", "pass"]) this.optional(key, (at) => at.asStrings());
    for (const key of ["map", "set"]) this.optional(key, (at) => at.asMap((value) => value.asString()));
    return this.asObject();
  }

  asWorkenv(): { readonly [key: string]: Json } {
    this.optional("directories", (at) => {
      for (const directory of at.asList()) {
        directory.string("path");
        directory.optional("mode", (mode) => {
          mode.#checkMode();
        });
      }
    });
    this.optional("env", (at) => at.asMap((value) => value.asString()));
    this.present("name", (at) => at.asString());
    return this.asObject();
  }

  asSetupCommand(): Json {
    if (typeof this.value === "string") return this.value;
    const type = this.present("type", (at) => at.asString()) ?? "execute";
    const runs = this.present("argv", (at) => at.asArgv()) !== undefined;
    const command = this.present("command", (at) => at.asString());
    const path = this.present("path", (at) => at.asString());
    this.present("content", (at) => at.asString());
    this.optional("mode", (mode) => {
      mode.#checkMode();
    });
    const place = this.present("enumerate", (at) => {
      at.present("pattern", (v) => v.asString());
      return at.present("path", (v) => v.asString());
    });
    const needed = new Map([
      ["execute", runs || command !== undefined],
      ["enumerate_and_execute", (runs || command !== undefined) && place !== undefined],
      ["write_file", path !== undefined],
      ["chmod", path !== undefined],
    ]);
    if (needed.get(type) !== true) throw this.#refuse(needed.has(type) ? `a complete setup command of type ${type}` : "a known type of setup command");
    return this.value;
  }

  asHex64(): string {
    const text = this.asString();
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.#refuse("64 hex digits");
    return text;
  }

  /** Upstream may double the prefix, or leave out the digest: the empty string. */
  asDigest(): string {
    const text = this.asString();
    const digest = this.#strict ? text.replace(/^sha256:/, "") : text.replace(/^(sha256:)+/, "");
    const fits = /^[0-9a-f]{64}$/.test(digest) && (!this.#strict || text.startsWith("sha256:"));
    if (!fits && this.#strict) throw this.#refuse("sha256: and 64 hex digits");
    return fits ? digest : "";
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const found = values.find((value) => value === this.value);
    if (found === undefined) throw this.#refuse(values.join(" or "));
    return found;
  }
}

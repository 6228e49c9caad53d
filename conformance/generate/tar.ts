/** Tar blocks by hand: what the encoder of this project would never write. */

export interface HeaderOptions {
  readonly type?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly link?: string;
  readonly prefix?: string;
  /** Fields as they stand in the block, in place of what the options above give. */
  readonly sizeField?: string | Uint8Array;
  readonly modeField?: string;
  readonly mtimeField?: string;
  /** Magic and version: `ustar\0` `00`, or GNU's. */
  readonly magic?: string;
  /** Added to the right checksum. */
  readonly checksumOff?: number;
}

/** 1980-01-01 in eleven octal digits. */
const MTIME = (315_532_800).toString(8).padStart(11, "0");

/** One header block. @param path - bytes, or a text in UTF-8. */
export function tarHeader(path: string | Uint8Array, options: HeaderOptions = {}): Buffer {
  const block = Buffer.alloc(512);
  const put = (value: string | Uint8Array, offset: number, size: number) => block.set(Buffer.from(value as string).subarray(0, size), offset);
  put(path, 0, 100);
  put(options.modeField ?? (options.mode ?? 0o644).toString(8).padStart(7, "0"), 100, 8);
  put("0000000", 108, 8);
  put("0000000", 116, 8);
  put(options.sizeField ?? (options.size ?? 0).toString(8).padStart(11, "0"), 124, 12);
  put(options.mtimeField ?? MTIME, 136, 12);
  put(options.type ?? "0", 156, 1);
  put(options.link ?? "", 157, 100);
  put(options.magic ?? "ustar\x0000", 257, 8);
  put(options.prefix ?? "", 345, 155);
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0) + (options.checksumOff ?? 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return block;
}

/** @returns `data` and zeros up to a multiple of 512. */
export function filled(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A file's header and content. */
export function tarFile(path: string | Uint8Array, content: string | Uint8Array, options: HeaderOptions = {}): Buffer {
  const data = Buffer.from(content as string);
  return Buffer.concat([tarHeader(path, { size: data.length, ...options }), filled(data)]);
}

export function tarFolder(path: string, options: HeaderOptions = {}): Buffer {
  return tarHeader(path, { type: "5", mode: 0o755, ...options });
}

export function tarLink(path: string, link: string, options: HeaderOptions = {}): Buffer {
  return tarHeader(path, { type: "2", mode: 0o755, link, ...options });
}

/** An extension header with its body: `x` and `g` of pax, `L` and `K` of GNU. */
export function tarExtension(type: string, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([tarHeader(type === "L" || type === "K" ? "././@LongLink" : "pax/1", { type, size: bytes.length }), filled(bytes)]);
}

/** @returns a pax record with its length in front. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** Entries and the two zero blocks. */
export function tar(...entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

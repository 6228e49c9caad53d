/** A plain zip of stored files, APPNOTE.TXT 4.3: as small as they come. */
import { crc32 } from "../../src/format/checksum.js";

interface ZipFile {
  readonly name: Buffer;
  readonly content: Uint8Array;
}

export function makeEntry(name: string, content: Uint8Array): ZipFile {
  return { name: Buffer.from(name), content };
}

/** What local and central headers have in common: version needed, flags, method, time, date, CRC, sizes, length of the name, of the extra field. */
function commonHeader({ name, content }: ZipFile): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(20, 0);
  bytes.writeUInt16LE(0x21, 8);
  bytes.writeUInt32LE(crc32(content), 10);
  bytes.writeUInt32LE(content.length, 14);
  bytes.writeUInt32LE(content.length, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

export function makeZip(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), commonHeader(file), file.name, file.content]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from("504b01021403", "hex"), commonHeader(file), place, file.name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

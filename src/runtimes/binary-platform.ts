/** Which platform a native file is for, by its header: ELF, Mach-O or PE. */
import { open } from "node:fs/promises";
import type { Platform } from "../format/platform.js";

const HEADER_BYTES = 4096;
const PE_HEADER_BYTES = 6;
const ELF_MACHINES: Machines = { 62: "amd64", 183: "arm64" };
const MACH_O_MACHINES: Machines = { 0x01000007: "amd64", 0x0100000c: "arm64" };
const PE_MACHINES: Machines = { 0x8664: "amd64", 0xaa64: "arm64" };

type Machines = Readonly<Record<number, Platform["arch"]>>;

/** @returns a platform's name such as `linux_amd64`; `darwin` for a universal binary; undefined for anything else. */
export async function binaryPlatform(file: string): Promise<string | undefined> {
  const handle = await open(file, "r");
  try {
    const bytes = new DataView(new ArrayBuffer(HEADER_BYTES));
    const { bytesRead } = await handle.read(bytes, 0, HEADER_BYTES, 0);
    if (bytesRead < 64) return undefined;
    if (bytes.getUint32(0, false) === 0x7f454c46) return named("linux", ELF_MACHINES[bytes.getUint16(18, true)]);
    if (bytes.getUint32(0, true) === 0xfeedfacf) return named("darwin", MACH_O_MACHINES[bytes.getUint32(4, true)]);
    if (bytes.getUint32(0, false) === 0xcafebabe) return "darwin";
    const pe = bytes.getUint32(0x3c, true);
    if (bytes.getUint16(0, true) !== 0x5a4d || pe + PE_HEADER_BYTES > bytesRead) return undefined;
    return named("windows", PE_MACHINES[bytes.getUint16(pe + 4, true)]);
  } finally {
    await handle.close();
  }
}

function named(os: Platform["os"], arch: Platform["arch"] | undefined): string | undefined {
  return arch === undefined ? undefined : `${os}_${arch}`;
}

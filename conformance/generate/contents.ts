/** Vectors of spec/operations.md about what slots hold: chains, frames and frame lists, and streams that are not what they say. */
import { sha256, toHex } from "../../src/format/checksum.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import type { Json } from "../../src/format/json.js";
import { fixture } from "./fixture.js";
import { makePackage, type Part, type Stages } from "./package.js";
import { at, contentOf, FRAMED, FRAMED_ENTRIES, fileEntry, RAW } from "./parts.js";
import { tar, tarExtension, tarFile, paxRecord } from "./tar.js";
import { INTACT, type Contents, type PackageVector, type Verdict } from "./vector.js";
import { framed, skippableFrame, zstdFrame, zstdZeros, type FrameHeader } from "./zstd.js";

const CHAINS = "operations.md#Operations";
const FRAMES = "operations.md#Zstd frames";
const STREAMS = "operations.md#Streams";
const MALFORMED: Contents[string] = { error: "archive-malformed" };
const FRAME_INVALID: Verdict = { error: "frame-invalid" };

/** A package of one slot. Its digests are right whatever it holds, so it verifies; decoding it is what differs. */
function slot(name: string, description: string, clause: string, part: Partial<Part>, content: Contents[string], stages: Partial<Stages> = {}, verify: Verdict = INTACT): PackageVector {
  return { name, description, clause, bytes: makePackage({ parts: [{ ...RAW, id: "slot", target: "slot", ...part }], ...stages }), verify, ...("error" in verify ? {} : { content: { 0: content } }) };
}

const TEXT = fixture("text");
const ARCHIVE = fixture("archive.tar");
const ZEROS_GZIP = fixture("zeros-128-mib.gz");
const ENTRIES: Json = [fileEntry("hello.txt", TEXT)];
const archive = (part: Partial<Part>): Partial<Part> & { target: string; plain: Uint8Array } => ({ target: ".", plain: ARCHIVE, ...part });

function chains(): PackageVector[] {
  const file = (name: string, operations: string, stored: Uint8Array) => slot(`chain_${name}`, `a file stored as ${operations}`, CHAINS, { operations, stored, plain: TEXT }, contentOf(TEXT));
  const tree = (name: string, operations: string, stored: Uint8Array) => {
    const { permissions: _, ...part } = RAW;
    return { name: `chain_${name}`, description: `an archive stored as ${operations}`, clause: CHAINS, bytes: makePackage({ parts: [{ ...part, id: "slot", ...archive({ operations, stored }) }] }), verify: INTACT, content: { 0: contentOf(ARCHIVE, ENTRIES) } } satisfies PackageVector;
  };
  const gzip = encodeStoredGzip;
  return [
    file("raw", "raw", TEXT),
    file("gzip", "gzip", gzip(TEXT)),
    file("bzip2", "bzip2", fixture("text.bz2")),
    file("xz", "xz", fixture("text.xz")),
    file("zstd", "zstd", zstdFrame(TEXT)),
    file("zstd_two_frames", "zstd", Buffer.concat([zstdFrame(TEXT.subarray(0, 10)), zstdFrame(TEXT.subarray(10))])),
    file("gzip_gzip", "gzip|gzip", gzip(gzip(TEXT))),
    file("gzip_of_zstd", "zstd|gzip", gzip(zstdFrame(TEXT))),
    file("xz_of_bzip2", "bzip2|xz", fixture("text.bz2.xz")),
    file("zstd_zstd_windows", "zstd|zstd", zstdFrame(zstdFrame(TEXT, { windowLog: 24, contentSize: null }), { windowLog: 24, contentSize: null })),
    slot("chain_zstd_zstd_window_32_mib", "a window of 32 MiB where another ZSTD stands: 16 MiB each", STREAMS, { operations: "zstd|zstd", stored: zstdFrame(zstdFrame(TEXT, { windowLog: 25, contentSize: null })), plain: TEXT }, MALFORMED),
    slot("chain_xz_zstd_dictionary_32_mib", "a dictionary of 32 MiB where ZSTD follows: 16 MiB each", STREAMS, { operations: "xz|zstd", stored: zstdFrame(fixture("text-dictionary-32-mib.xz")), plain: TEXT }, MALFORMED),
    file("xz_gzip_dictionary_32_mib", "xz|gzip", gzip(fixture("text-dictionary-32-mib.xz"))),
    file("eight", "gzip|gzip|gzip|gzip|gzip|gzip|gzip|gzip", Array.from({ length: 8 }).reduce<Uint8Array>((bytes) => gzip(bytes), TEXT)),
    tree("tar", "tar", ARCHIVE),
    tree("tar_gz", "tar.gz", gzip(ARCHIVE)),
    tree("tar_bz2", "tar.bz2", fixture("archive.tar.bz2")),
    tree("tar_xz", "tar.xz", fixture("archive.tar.xz")),
    tree("tar_zst_without_list", "tar.zst", zstdFrame(ARCHIVE)),
    tree("tar_zstd_gzip", "tar|zstd|gzip", gzip(zstdFrame(ARCHIVE))),
  ];
}

/** Change the frame list of the one slot. */
function list(name: string, description: string, change: (frames: { [key: string]: Json }[], slot: { [key: string]: Json }) => void, verify: Verdict, content?: Contents[string]): PackageVector {
  const bytes = makePackage({
    parts: [FRAMED],
    metadata: (document) => {
      const entry = at(document, "slots", 0);
      change(entry["frames"] as { [key: string]: Json }[], entry);
    },
  });
  return { name: `frames_${name}`, description, clause: FRAMES, bytes, verify, ...(content === undefined ? {} : { content: { 0: content } }) };
}

/** A slot of given frames, each with its header as asked for, and a list that is right about them. */
function frameSlot(name: string, description: string, header: FrameHeader, content: Contents[string], change: (stored: Buffer) => Buffer = (stored) => stored): PackageVector {
  const stored = change(zstdFrame(ARCHIVE, header));
  const frames = [{ first: 0, offset: 0, plain: ARCHIVE.length, sha256: toHex(sha256(stored)), size: stored.length }];
  const bytes = makePackage({ parts: [{ id: "slot", target: ".", operations: "tar.zst", plain: ARCHIVE, stored }], metadata: (document) => { at(document, "slots", 0)["frames"] = frames; } });
  return { name: `frame_${name}`, description, clause: FRAMES, bytes, verify: INTACT, content: { 0: content } };
}

function frameLists(): PackageVector[] {
  const first = (frames: { [key: string]: Json }[]) => frames[0] ?? {};
  const last = (frames: { [key: string]: Json }[]) => frames.at(-1) ?? {};
  const add = (frame: { [key: string]: Json }, key: string, more: number) => { frame[key] = Number(frame[key]) + more; };
  const DIGEST: Contents[string] = { error: "slot-digest-wrong" };
  const INVALID: Contents[string] = { error: "frame-invalid" };
  return [
    { name: "frames", description: "an archive in three frames", clause: FRAMES, bytes: makePackage({ parts: [FRAMED] }), verify: INTACT, content: { 0: contentOf(FRAMED.plain, FRAMED_ENTRIES) } },
    { name: "frames_of_one_block", description: "a frame for every 512 bytes", clause: FRAMES, bytes: makePackage({ parts: [{ ...FRAMED, frameBytes: 512 }] }), verify: INTACT, content: { 0: contentOf(FRAMED.plain, FRAMED_ENTRIES) } },
    list("empty", "a list without frames", (_, slot) => { slot["frames"] = []; }, FRAME_INVALID),
    list("gap", "a frame that begins after the end of the one before", (frames) => { add(last(frames), "offset", 1); }, FRAME_INVALID),
    list("overlap", "a frame that begins before the end of the one before", (frames) => { add(last(frames), "offset", -1); }, FRAME_INVALID),
    list("not_from_start", "the first frame is not at 0", (frames) => { add(first(frames), "offset", 8); }, FRAME_INVALID),
    list("too_short", "a list that does not reach the end of the slot", (frames) => { frames.pop(); }, FRAME_INVALID),
    list("too_long", "a last frame that reaches beyond the slot", (frames) => { add(last(frames), "size", 1); }, FRAME_INVALID),
    list("plain_less", "plain sizes that do not add up", (frames) => { add(first(frames), "plain", -512); }, FRAME_INVALID),
    list("plain_odd", "a plain size that is no multiple of 512", (frames) => { add(first(frames), "plain", 1); add(last(frames), "plain", -1); }, FRAME_INVALID),
    list("plain_zero", "a frame of nothing", (frames) => { frames.unshift({ first: null, offset: 0, plain: 0, sha256: "0".repeat(64), size: 0 }); }, FRAME_INVALID),
    list("plain_above_limit", "a frame of 16 MiB and a block", (frames) => { first(frames)["plain"] = (16 << 20) + 512; }, FRAME_INVALID),
    list("stored_above_limit", "a frame stored in 8 MiB and a byte", (frames) => { first(frames)["size"] = (8 << 20) + 1; }, FRAME_INVALID),
    list("first_odd", "a first header that is not at a block", (frames) => { first(frames)["first"] = 1; }, FRAME_INVALID),
    list("first_beyond", "a first header beyond the frame", (frames) => { first(frames)["first"] = 1 << 20; }, FRAME_INVALID),
    list("first_missing", "a frame without the member first", (frames) => { Reflect.deleteProperty(first(frames), "first"); }, { error: "metadata-malformed" }),
    list("digest_upper_case", "a digest in upper case", (frames) => { first(frames)["sha256"] = "A".repeat(64); }, { error: "metadata-malformed" }),
    list("digest_wrong", "a frame's digest differs, the slot's is right", (frames) => { first(frames)["sha256"] = "0".repeat(64); }, INTACT, DIGEST),
    list("cut_elsewhere", "the list cuts where no frame begins", (frames) => { add(first(frames), "size", 1); add(frames[1] ?? {}, "offset", 1); add(frames[1] ?? {}, "size", -1); }, INTACT, DIGEST),
    slot("frames_in_gzip", "a frame list in a slot that is no tar.zst", FRAMES, { operations: "gzip", plain: TEXT }, contentOf(TEXT), { metadata: (document) => { at(document, "slots", 0)["frames"] = [{ first: null, offset: 0, plain: 512, sha256: "0".repeat(64), size: 1 }]; } }, FRAME_INVALID),
    frameSlot("plain_size_other", "a frame whose header declares another size", { contentSize: BigInt(ARCHIVE.length + 512) }, INVALID),
    frameSlot("plain_size_missing", "a frame whose header declares no size", { contentSize: null, windowLog: 20 }, INVALID),
    frameSlot("window_8_mib", "a window of 8 MiB is the largest", { windowLog: 23 }, contentOf(ARCHIVE, ENTRIES)),
    frameSlot("window_16_mib", "a window above 8 MiB", { windowLog: 24 }, INVALID),
    frameSlot("dictionary", "a frame that asks for a dictionary", { dictionaryId: 7 }, INVALID),
    frameSlot("skippable", "a skippable frame where the list names one", {}, INVALID, (stored) => skippableFrame(stored)),
    frameSlot("then_garbage", "bytes after the frame, inside of what the list names", {}, MALFORMED, (stored) => Buffer.concat([stored, Buffer.from([0])])),
    frameSlot("cut", "a frame without its last byte", {}, MALFORMED, (stored) => stored.subarray(0, -1)),
    frameSlot("block_reserved", "a block of the reserved type", {}, MALFORMED, (stored) => { stored[9] = (stored[9] ?? 0) | 6; return stored; }),
    paxBetweenFrames(),
  ];
}

/** The header that a pax header belongs to lies in the next frame. Readers that extract with several workers must notice. */
function paxBetweenFrames(): PackageVector {
  const long = `${"d".repeat(60)}/${"f".repeat(60)}`;
  const plain = tar(tarExtension("x", paxRecord("path", long)), tarFile("short", "text"));
  const { stored, frames } = framed(plain, 1024);
  const listed = frames.map((frame, position) => (position === 0 ? { ...(frame as { [key: string]: Json }), first: 0 } : { ...(frame as { [key: string]: Json }), first: position === 1 ? 0 : null }));
  const bytes = makePackage({ parts: [{ id: "slot", target: ".", operations: "tar.zst", plain, stored }], metadata: (document) => { at(document, "slots", 0)["frames"] = listed; } });
  return { name: "frames_cut_in_pax", description: "a frame ends between a pax header and its entry: one stream all the same for tools", clause: FRAMES, bytes, verify: INTACT, content: { 0: contentOf(plain, [fileEntry(long, "text")]) } };
}

function wrongSizes(): PackageVector[] {
  return [
    slot("original_size_less", "a stream that decodes to more than the metadata says", STREAMS, { operations: "gzip", plain: TEXT, originalSize: TEXT.length - 1 }, MALFORMED),
    slot("original_size_more", "a stream that decodes to less than the metadata says", STREAMS, { operations: "gzip", plain: TEXT, originalSize: TEXT.length + 1 }, MALFORMED),
    slot("original_size_of_raw", "a raw slot whose two sizes differ", STREAMS, { plain: TEXT, originalSize: TEXT.length + 1 }, MALFORMED),
    slot("archive_of_raw_bytes", "an archive that is none", "operations.md#Canonical tar", { target: ".", operations: "tar", plain: Buffer.from("this is no tar") }, MALFORMED),
    slot("archive_size_less", "a tar that is longer than the metadata says", STREAMS, archive({ operations: "tar.gz", stored: encodeStoredGzip(ARCHIVE), originalSize: ARCHIVE.length - 512 }), MALFORMED),
    slot("empty_gzip_slot", "an empty file in place of a stream", STREAMS, { operations: "gzip", plain: Buffer.alloc(0), stored: Buffer.alloc(0) }, MALFORMED),
  ];
}

/** What a reader must refuse before it takes memory: below 64 MiB resident, whatever the file declares. */
function bombs(): PackageVector[] {
  const MIB = 1 << 20;
  const bomb = (name: string, description: string, operations: string, stored: Uint8Array, originalSize: number, content: Contents[string] = MALFORMED) => slot(`bomb_${name}`, description, STREAMS, { operations, stored, plain: Buffer.alloc(0), originalSize }, content);
  const zeros = toHex(sha256(Buffer.alloc(128 * MIB)));
  return [
    bomb("gzip", "128 MiB of zeros that the metadata does not own up to", "gzip", ZEROS_GZIP, 1000),
    bomb("gzip_declared", "128 MiB of zeros, declared: decoded in little memory", "gzip", ZEROS_GZIP, 128 * MIB, { sha256: zeros, size: 128 * MIB }),
    bomb("bzip2", "128 MiB of zeros in a few hundred bytes", "bzip2", fixture("zeros-128-mib.bz2"), 1000),
    bomb("xz", "128 MiB of zeros", "xz", fixture("zeros-128-mib.xz"), 1000),
    bomb("zstd", "1 GiB of zeros", "zstd", zstdZeros(1024 * MIB, { windowLog: 23 }), 1000),
    bomb("zstd_single_segment", "1 GiB as a single segment: its window is all of it", "zstd", zstdZeros(1024 * MIB), 1000),
    bomb("zstd_window", "a window of 1 GiB", "zstd", zstdFrame(TEXT, { windowLog: 30 }), TEXT.length),
    bomb("zstd_content_size", "a header that declares an exabyte", "zstd", zstdFrame(TEXT, { contentSize: 2n ** 60n }), TEXT.length),
    bomb("gzip_in_gzip", "an intermediate result of 128 MiB for a slot of 1000 bytes", "gzip|gzip", ZEROS_GZIP, 1000),
    bomb("original_size", "a plain size of four petabytes, and nothing behind it", "gzip", encodeStoredGzip(TEXT), 2 ** 52),
  ];
}

export function contentVectors(): PackageVector[] {
  return [...chains(), ...frameLists(), ...wrongSizes(), ...bombs()];
}

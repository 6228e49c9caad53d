package format

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// The one gzip framing that sealed metadata may have: a fixed header and stored deflate blocks. Deflate encoders differ between
// languages; stored blocks cost a few kilobytes, give the same bytes everywhere and need no inflater.
//
// Source: spec/metadata.md, "Framing"; RFC 1952; RFC 1951 section 3.2.4.

const (
	gzipHeader           = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	gzipBlockHeaderBytes = 5
	gzipTailBytes        = 8
)

// StoredGzipSize is the size of the framed form of `plain` bytes.
func StoredGzipSize(plain int) int {
	blocks := max(1, (plain+LimitGzipStoredBlockBytes-1)/LimitGzipStoredBlockBytes)
	return len(gzipHeader) + blocks*gzipBlockHeaderBytes + plain + gzipTailBytes
}

// EncodeStoredGzip frames bytes as one gzip member of stored blocks.
func EncodeStoredGzip(plain []byte) []byte {
	out := make([]byte, 0, StoredGzipSize(len(plain)))
	out = append(out, gzipHeader...)
	for rest, last := plain, false; !last; {
		length := min(LimitGzipStoredBlockBytes, len(rest))
		block := rest[:length]
		rest = rest[length:]
		last = len(rest) == 0
		final := byte(0)
		if last {
			final = 1
		}
		out = append(out, final)
		out = binary.LittleEndian.AppendUint16(out, uint16(length))
		out = binary.LittleEndian.AppendUint16(out, ^uint16(length))
		out = append(out, block...)
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(plain))
	return binary.LittleEndian.AppendUint32(out, uint32(len(plain)))
}

// DecodeStoredGzip undoes the framing.
//
// Errors: metadata-malformed for any other framing, more than `limit` bytes, or a trailer that does not fit.
func DecodeStoredGzip(framed []byte, limit int) ([]byte, error) {
	refuse := func(layout string, operands ...any) ([]byte, error) {
		return nil, Errorf(CodeMetadataMalformed, "metadata gzip: "+layout, operands...)
	}
	rest, found := bytes.CutPrefix(framed, []byte(gzipHeader))
	if !found {
		return refuse("the header is not 1f8b08 00 00000000 00 ff")
	}
	plain := make([]byte, 0, min(len(rest), limit))
	for last := false; !last; {
		if len(rest) < gzipBlockHeaderBytes {
			return refuse("a block header is cut off")
		}
		head, length, complement := rest[0], binary.LittleEndian.Uint16(rest[1:]), binary.LittleEndian.Uint16(rest[3:])
		rest = rest[gzipBlockHeaderBytes:]
		last = head == 1
		switch {
		case complement != ^length:
			return refuse("a block's length and its complement differ")
		case head > 1:
			return refuse("block type byte 0x%02x, expected a stored block (00 or 01)", head)
		case !last && int(length) != LimitGzipStoredBlockBytes:
			return refuse("a block that is not the last holds %d bytes, expected %d", length, LimitGzipStoredBlockBytes)
		case last && length == 0 && len(plain) > 0:
			return refuse("the last block is empty though the document is not")
		case len(rest) < int(length):
			return refuse("a block is cut off")
		case len(plain)+int(length) > limit:
			return refuse("the document is longer than %d bytes", limit)
		}
		plain = append(plain, rest[:length]...)
		rest = rest[length:]
	}
	if len(rest) != gzipTailBytes {
		return refuse("%d bytes follow the last block, expected %d", len(rest), gzipTailBytes)
	}
	if size := binary.LittleEndian.Uint32(rest[4:]); int64(size) != int64(len(plain)) {
		return refuse("the trailer says %d bytes, found %d", size, len(plain))
	}
	if stored, sum := binary.LittleEndian.Uint32(rest), crc32.ChecksumIEEE(plain); stored != sum {
		return refuse("the trailer's CRC-32 is %08x, found %08x", stored, sum)
	}
	return plain, nil
}

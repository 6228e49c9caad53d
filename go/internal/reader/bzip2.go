package reader

import (
	"bufio"
	"compress/bzip2"
	"io"
)

// BZIP2 streams: one member. The library goes on with the next member by itself, and nothing outside it sees where the first one
// ends; so the bytes are watched for the seam on their way in.
//
// Source: spec/operations.md, "Streams".

// A member ends in 48 bits of magic and a check sum of 32 bits, at any bit, and is filled up to a whole byte.
const (
	bzip2EndMagic     = 0x177245385090
	bzip2EndMagicBits = 48
	bzip2CheckBytes   = 4
	bzip2NextMember   = "BZh"
)

// bzip2Member hands on bytes up to the end of the first member.
type bzip2Member struct {
	*bufio.Reader
	// last holds the 8 bytes before the check sum's place, and check what lies in that place.
	last, check uint64
}

func newBzip2Reader(source io.Reader) (io.Reader, io.Reader, error) {
	member := &bzip2Member{Reader: bufio.NewReaderSize(source, chunkBytes/4)}
	return bzip2.NewReader(member), member.Reader, nil
}

// ReadByte is how the library reads: it never looks further than the bits that it needs.
func (m *bzip2Member) ReadByte() (byte, error) {
	// The three bytes of the next member's header, at the end of one, are chance once in 2^69 bytes.
	if m.isAfterEnd() {
		if next, _ := m.Peek(len(bzip2NextMember)); string(next) == bzip2NextMember {
			return 0, undecodable("bzip2: another member follows the stream")
		}
	}
	next, err := m.Reader.ReadByte()
	if err == nil {
		m.last = m.last<<8 | m.check>>(8*(bzip2CheckBytes-1))
		m.check = (m.check<<8 | uint64(next)) & (1<<(8*bzip2CheckBytes) - 1)
	}
	return next, err
}

// isAfterEnd tells whether the bytes read so far end as a member does, after up to seven bits of filling.
func (m *bzip2Member) isAfterEnd() bool {
	for filling := range 8 {
		// The magic ends where the check sum begins, which is `filling` bits before a byte of `last` ends.
		if m.last>>filling&(1<<bzip2EndMagicBits-1) == bzip2EndMagic {
			return true
		}
	}
	return false
}

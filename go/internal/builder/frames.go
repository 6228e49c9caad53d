package builder

import (
	"flavorpack/internal/format"
)

// framePlainBytes is how much of an archive goes into one zstd frame: one of incompressible data still is stored in less than
// 8 MiB. Source: spec/builder.md, "What a builder does".
const framePlainBytes = 8<<20 - format.SizeTarBlock

// frameCutter cuts an archive into the plain halves of zstd frames: at multiples of 512 bytes, never inside a header with its
// extensions.
//
// Source: spec/operations.md, "Zstd frames".
type frameCutter struct {
	plain []byte
	// first is the offset of the first header that starts in the frame; nil while there is none.
	first *uint64
	// take gets each frame; the bytes are overwritten after it returns.
	take func(plain []byte, first *uint64) error
}

func newFrameCutter(take func(plain []byte, first *uint64) error) *frameCutter {
	return &frameCutter{plain: make([]byte, 0, framePlainBytes), take: take}
}

func (c *frameCutter) header(blocks []byte) error {
	if len(c.plain)+len(blocks) > framePlainBytes {
		if err := c.cut(); err != nil {
			return err
		}
	}
	if c.first == nil {
		at := uint64(len(c.plain))
		c.first = &at
	}
	return c.data(blocks)
}

func (c *frameCutter) data(bytes []byte) error {
	for len(bytes) > 0 {
		if len(c.plain) == framePlainBytes {
			if err := c.cut(); err != nil {
				return err
			}
		}
		part := min(len(bytes), framePlainBytes-len(c.plain))
		c.plain = append(c.plain, bytes[:part]...)
		bytes = bytes[part:]
	}
	return nil
}

// cut ends the frame. An empty one is none.
func (c *frameCutter) cut() error {
	if len(c.plain) == 0 {
		return nil
	}
	err := c.take(c.plain, c.first)
	c.plain, c.first = c.plain[:0], nil
	return err
}

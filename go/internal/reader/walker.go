package reader

import (
	"io"

	"flavorpack/internal/format"
)

// walker follows the outline of a compressed stream (headers, block sizes, where it ends) without decoding it. The decoders of the
// libraries take more than this format allows: skippable frames, other filters, larger windows, several members, bytes after the
// end. A walker sees every byte before they do and refuses the rest.
//
// Each step is given the piece that it asked for, and says what comes next.
type walker struct {
	piece []byte
	// need is the size of the next piece, skip how many bytes lie before it.
	need int
	skip uint64
	step func(piece []byte) error
	// mayEnd: the input may end before the first byte of the next piece.
	mayEnd bool
}

// then sets what comes after `skip` bytes: a piece of `need` bytes, for `step`.
func (w *walker) then(skip uint64, need int, step func(piece []byte) error) {
	w.skip, w.need, w.step = skip, need, step
}

// walk takes the next bytes of the input, in pieces of any size.
func (w *walker) walk(data []byte) error {
	for len(data) > 0 {
		if w.skip > 0 {
			count := min(w.skip, uint64(len(data)))
			w.skip -= count
			data = data[count:]
			continue
		}
		count := min(w.need-len(w.piece), len(data))
		w.piece = append(w.piece, data[:count]...)
		data = data[count:]
		if len(w.piece) == w.need {
			w.mayEnd = false
			if err := w.step(w.piece); err != nil {
				return err
			}
			w.piece = w.piece[:0]
		}
	}
	return nil
}

// isAtEnd tells whether the input may end after what was walked.
func (w *walker) isAtEnd() bool {
	return w.mayEnd && w.skip == 0 && len(w.piece) == 0
}

// walked passes bytes on as they are walked.
type walked struct {
	source io.Reader
	*walker
}

func (r walked) Read(buffer []byte) (int, error) {
	count, err := r.source.Read(buffer)
	if fault := r.walk(buffer[:count]); fault != nil {
		return 0, fault
	}
	if err == io.EOF && !r.isAtEnd() {
		return count, undecodable("the stream is cut off")
	}
	return count, err
}

func undecodable(layout string, operands ...any) error {
	return format.Errorf(format.CodeArchiveMalformed, layout, operands...)
}

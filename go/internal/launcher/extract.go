package launcher

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// Extraction of slots into a tree, by two workers.
//
// The work is a list of items, taken in order: a frame of a slot, or a slot as a whole. A frame is read, hashed, decoded and
// written by one worker. The carry rule: where a file's data crosses from one frame into the next, the worker that meets the
// file's header hands the open file on (carry), before it writes its own part. A worker writes what begins in its frame first,
// and only then waits for what the frame before has to carry over: items are taken in order, so whoever is waited for is at work,
// and nothing can wait in a circle. Parts of one file are written by position; whoever writes the last byte closes the file.
//
// Source: spec/launch.md, "Extraction", spec/operations.md.

const (
	streamChunk = 256 * 1024
	workers     = 2
)

// placement is where slots go.
type placement int

const (
	// Each at its target.
	placeInWorkenv placement = iota
	// One slot by itself: an archive into the tree's root, a file under the last part of its target.
	placeAlone
)

// extracted is what an extraction brought besides the files.
type extracted struct {
	// Digest faults that the level tolerates: each is a warning, and the tree may not be published.
	tolerated []reader.Finding
	// Paths that slots of lifecycle `init` and `volatile` brought, in order.
	passing []string
}

// extract extracts slots into an empty tree.
//
// Errors: slot-digest-wrong where the level refuses it, archive-malformed, frame-invalid, path-unsafe, link-unsafe,
// entry-conflict, entry-refused, extraction-failed, disk-full.
func extract(pkg *reader.Package, positions []int, place placement, tree tree, level reader.Level, progress *progress) (extracted, error) {
	run := &extraction{pkg: pkg, tree: tree, level: level, progress: progress}
	for _, position := range positions {
		job, err := newJob(pkg, position, place)
		if err != nil {
			return extracted{}, err
		}
		run.jobs = append(run.jobs, job)
	}
	for _, job := range run.jobs {
		// An archive's directory is there even if the archive is empty.
		if job.isArchive {
			if err := tree.makeDirectory(job.target); err != nil {
				return extracted{}, err
			}
		}
		for frame := range max(1, len(job.frames)) {
			run.items = append(run.items, item{job, frame})
		}
	}
	var helpers sync.WaitGroup
	for range min(workers, runtime.NumCPU(), len(run.items)) - 1 {
		helpers.Go(run.work)
	}
	run.work()
	helpers.Wait()
	return run.finish()
}

// job is one slot to be extracted.
type job struct {
	position  int
	target    string
	isArchive bool
	isPassing bool
	// Empty: the slot is one stream.
	frames []format.Frame

	lock    sync.Mutex
	carried sync.Cond
	// What is carried into each frame, and out of the last one.
	carries []carry
	placed  placed
}

// placed is what must wait until all files are written, or be known later.
type placed struct {
	directories []placedEntry
	links       []placedEntry
	files       []string
	isWarned    bool
}

type placedEntry struct {
	path, linkTarget string
	mtimeSeconds     int64
}

func newJob(pkg *reader.Package, position int, place placement) (*job, error) {
	entry := &pkg.Metadata.Slots[position]
	chain, err := pkg.Chain(position)
	if err != nil {
		return nil, err
	}
	made := &job{position: position, target: slotTarget(entry.Target), isArchive: chain.IsArchive()}
	made.isPassing = entry.Lifecycle == "init" || entry.Lifecycle == "volatile"
	made.carried.L = &made.lock
	switch {
	case pkg.Metadata.Sealed:
	// Earlier launchers unpack archives into the root, whatever the target, and name a file without target by its slot.
	case made.isArchive:
		made.target = ""
	case made.target == "":
		made.target = "slot_" + strconv.Itoa(position) + "_" + entry.ID
	}
	if place == placeAlone {
		made.target = made.target[strings.LastIndexByte(made.target, '/')+1:]
		if made.isArchive {
			made.target = ""
		}
	}
	if made.target != "" || !made.isArchive {
		if err := format.CheckPath(made.target); err != nil {
			return nil, err
		}
	}
	if entry.Frames != nil && pkg.Metadata.Sealed {
		if made.frames, err = entry.DecodeFrames(); err != nil {
			return nil, err
		}
	}
	made.carries = make([]carry, len(made.frames)+1)
	made.carries[0] = carry{kind: carryNothing}
	return made, nil
}

// pathOf is the path of an archive's entry from the root of the tree.
func (j *job) pathOf(entry string) (string, error) {
	path := entry
	switch {
	case entry == "":
		return j.target, nil
	case j.target != "":
		path = j.target + "/" + entry
	}
	return path, format.CheckPath(path)
}

func (j *job) carryInto(frame int, what carry) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.carries[frame] = what
	j.carried.Broadcast()
}

// item is a frame of a job, or the whole of one that has no frames.
type item struct {
	job   *job
	frame int
}

// extraction is the work, shared by the workers.
type extraction struct {
	pkg      *reader.Package
	tree     tree
	level    reader.Level
	progress *progress
	jobs     []*job
	items    []item

	next      atomic.Int64
	hasFailed atomic.Bool
	lock      sync.Mutex
	failure   error
	tolerated []reader.Finding
}

func (e *extraction) work() {
	defer exitOnPanic()
	decoder := reader.NewFrameDecoder()
	for !e.hasFailed.Load() {
		number := e.next.Add(1) - 1
		if number >= int64(len(e.items)) {
			return
		}
		item := e.items[number]
		var err error
		if len(item.job.frames) == 0 {
			err = e.stream(item.job)
		} else {
			err = e.frame(item.job, item.frame, decoder)
		}
		if err != nil {
			e.fail(err)
		}
	}
}

func (e *extraction) fail(err error) {
	e.lock.Lock()
	if e.failure == nil {
		e.failure = err
	}
	e.lock.Unlock()
	e.hasFailed.Store(true)
	for _, job := range e.jobs {
		// Taken so that a waiter either sees the flag or is woken.
		job.lock.Lock()
		job.carried.Broadcast()
		job.lock.Unlock()
	}
}

// finish makes links, then sets times of directories, now that nothing changes them any more.
func (e *extraction) finish() (extracted, error) {
	if e.failure != nil {
		return extracted{}, e.failure
	}
	for _, job := range e.jobs {
		if last := job.carries[len(job.carries)-1]; last.kind == carryEnd && last.zeroBlocks < 2 {
			return extracted{}, malformed("slot %d: the archive does not end in two zero blocks", job.position)
		}
	}
	for _, job := range e.jobs {
		for _, link := range job.placed.links {
			if err := e.tree.makeLink(link.path, link.linkTarget, link.mtimeSeconds); err != nil {
				return extracted{}, err
			}
		}
	}
	brought := extracted{tolerated: e.tolerated}
	for _, job := range e.jobs {
		directories := job.placed.directories
		slices.SortFunc(directories, func(a, b placedEntry) int { return strings.Compare(a.path, b.path) })
		for position := range directories {
			if position > 0 && directories[position].path == directories[position-1].path {
				return extracted{}, format.Errorf(format.CodeEntryConflict, "two entries have the path %q", directories[position].path)
			}
		}
		for _, directory := range directories {
			if err := e.tree.setTime(directory.path, directory.mtimeSeconds); err != nil {
				return extracted{}, err
			}
		}
		if job.isPassing {
			brought.passing = append(brought.passing, job.placed.files...)
			for _, entry := range slices.Concat(job.placed.links, directories) {
				brought.passing = append(brought.passing, entry.path)
			}
		}
	}
	return brought, nil
}

// digestFault refuses a slot whose digest is not the signed one, or tolerates it once.
func (e *extraction) digestFault(job *job) error {
	finding := reader.SlotDigestFinding(e.pkg, job.position)
	if e.level.Action(reader.FaultSlotDigest) == reader.Refuse {
		return finding.Err
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	if !job.placed.isWarned {
		job.placed.isWarned = true
		e.tolerated = append(e.tolerated, *finding)
	}
	return nil
}

// place makes the entry of a header; a file is returned for its data to be written.
func (e *extraction) place(job *job, entry *format.TarEntry) (file *os.File, path string, err error) {
	if path, err = job.pathOf(entry.Path); err != nil {
		return nil, "", err
	}
	switch entry.Kind {
	case format.TarDirectory:
		if err := e.tree.makeDirectory(path); err != nil {
			return nil, "", err
		}
		if entry.Path != "" {
			job.lock.Lock()
			defer job.lock.Unlock()
			job.placed.directories = append(job.placed.directories, placedEntry{path: path, mtimeSeconds: entry.MtimeSeconds})
		}
		return nil, path, nil
	case format.TarLink:
		if err := format.CheckLinkTarget(path, entry.LinkTarget); err != nil {
			return nil, "", err
		}
		if err := checkLink(path); err != nil {
			return nil, "", err
		}
		job.lock.Lock()
		defer job.lock.Unlock()
		job.placed.links = append(job.placed.links, placedEntry{path, entry.LinkTarget, entry.MtimeSeconds})
		return nil, path, nil
	}
	mode := fs.FileMode(0o644)
	if entry.Executable {
		mode = 0o755
	}
	file, err = e.createFile(job, path, mode)
	return file, path, err
}

func (e *extraction) createFile(job *job, path string, mode fs.FileMode) (*os.File, error) {
	file, err := e.tree.createFile(path, mode)
	if err == nil && job.isPassing {
		job.lock.Lock()
		defer job.lock.Unlock()
		job.placed.files = append(job.placed.files, path)
	}
	return file, err
}

func (e *extraction) frame(job *job, number int, decoder *reader.FrameDecoder) error {
	frame := &job.frames[number]
	digestFits, err := decoder.Read(e.pkg, job.position, frame)
	if err != nil {
		return err
	}
	if !digestFits {
		if err := e.digestFault(job); err != nil {
			return err
		}
	}
	plain, err := decoder.Decode(frame)
	if err != nil {
		return err
	}
	if frame.First != nil {
		head, body := plain[:*frame.First], plain[*frame.First:]
		written := e.body(job, number, body)
		carried, ok := e.carried(job, number)
		if !ok {
			return written
		}
		if uint64(len(head)) != carried.length() || carried.kind == carryEnd {
			return wrongFirst(frame)
		}
		if written != nil {
			return written
		}
		if err := carried.write(head); err != nil {
			return err
		}
	} else {
		carried, ok := e.carried(job, number)
		if !ok {
			return nil
		}
		length := min(carried.length(), frame.Plain)
		data, rest := plain[:length], plain[length:]
		// A frame without header is data of one file, then zero blocks.
		if !format.IsZero(rest) {
			return wrongFirst(frame)
		}
		job.carryInto(number+1, carried.after(length, uint64(len(rest))))
		if err := carried.write(data); err != nil {
			return err
		}
	}
	if number+1 == len(job.frames) && job.carryOut().kind != carryEnd && !e.hasFailed.Load() {
		return malformed("slot %d: the archive is cut off", job.position)
	}
	e.progress.advance(frame.Plain)
	return nil
}

// carryOut is what the last frame leaves.
func (j *job) carryOut() carry {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.carries[len(j.carries)-1]
}

// carried waits for what the frame before carries over. False: the other worker failed, and this one may stop.
func (e *extraction) carried(job *job, number int) (carry, bool) {
	job.lock.Lock()
	defer job.lock.Unlock()
	for job.carries[number].kind == carryUnknown {
		if e.hasFailed.Load() {
			return carry{}, false
		}
		job.carried.Wait()
	}
	return job.carries[number], true
}

// body writes what begins in this frame, and passes on what does not end in it.
func (e *extraction) body(job *job, number int, rest []byte) error {
	var headers format.TarDecoder
	for len(rest) >= tarBlock {
		after := rest[tarBlock:]
		header, err := headers.Header((*[tarBlock]byte)(rest))
		if err != nil {
			return err
		}
		switch header.Kind {
		case format.TarHeaderEnd:
			if err := requireZeros(after, "what follows the end of the archive"); err != nil {
				return err
			}
			job.carryInto(number+1, carry{kind: carryEnd, zeroBlocks: uint64(len(rest)) / tarBlock})
			return nil
		case format.TarHeaderExtension:
			size := header.Extension.Size
			length := padded(uint64(size))
			if length > uint64(len(after)) {
				return errSeparated()
			}
			if err := headers.Extend(header.Extension, after[:size]); err != nil {
				return err
			}
			rest = after[length:]
		default:
			entry := &header.Entry
			file, path, err := e.place(job, entry)
			if err != nil {
				return err
			}
			if file == nil {
				rest = after
				continue
			}
			length := padded(entry.Size)
			if length > uint64(len(after)) {
				spanning := newSpanningFile(e.tree, file, path, entry.Size, entry.MtimeSeconds)
				job.carryInto(number+1, carry{kind: carryFile, file: spanning, at: uint64(len(after))})
				return carry{kind: carryFile, file: spanning}.write(after)
			}
			if err := e.writeFile(file, path, after[:length], entry); err != nil {
				return err
			}
			rest = after[length:]
		}
	}
	if headers.IsExtended() {
		return errSeparated()
	}
	job.carryInto(number+1, carry{kind: carryNothing})
	return nil
}

func errSeparated() error {
	return malformed("tar: an extended header is separated from its entry")
}

func wrongFirst(frame *format.Frame) error {
	first := "null"
	if frame.First != nil {
		first = strconv.FormatUint(*frame.First, 10)
	}
	return format.Errorf(format.CodeFrameInvalid, "frame at %d: first is %s, which is not where the first header starts", frame.Offset, first)
}

// writeFile writes a whole file from its data and what fills the last block.
func (e *extraction) writeFile(file *os.File, path string, data []byte, entry *format.TarEntry) error {
	if err := requireZeros(data[entry.Size:], "the filling of a block"); err != nil {
		return errors.Join(err, file.Close())
	}
	if _, err := file.Write(data[:entry.Size]); err != nil {
		closeFile(file)
		return entryError(path, err)
	}
	return finishFile(e.tree, file, path, entry.MtimeSeconds)
}

// stream extracts a slot that is one stream: a single file, or an archive without frame list.
func (e *extraction) stream(job *job) error {
	digestFits, err := e.streamContents(job)
	if err == nil && !digestFits {
		return e.digestFault(job)
	}
	if err != nil && e.level.Action(reader.FaultSlotDigest) == reader.Refuse {
		// Damage shows as a decoding error first; its cause is what should be reported.
		if finding, readErr := reader.SlotDigest(e.pkg, job.position, func(uint64) {}); readErr == nil && finding != nil {
			return finding.Err
		}
	}
	return err
}

func (e *extraction) streamContents(job *job) (digestFits bool, err error) {
	if e.pkg.Metadata.Slots[job.position].SelfRef {
		return true, nil
	}
	stream, err := e.pkg.OpenSlot(job.position)
	if err != nil {
		return false, err
	}
	buffered := bufio.NewReaderSize(stream, streamChunk)
	if job.isArchive {
		err = e.archive(job, buffered)
	} else {
		err = e.singleFile(job, buffered)
	}
	if err != nil {
		return false, err
	}
	return stream.Finish()
}

func (e *extraction) singleFile(job *job, stream *bufio.Reader) error {
	file, err := e.createFile(job, job.target, e.singleFileMode(job.position))
	if err != nil {
		return err
	}
	_, err = e.copy(stream, file, job.target, 1<<63)
	closeErr := file.Close()
	if err == nil && closeErr != nil {
		return entryError(job.target, closeErr)
	}
	return err
}

func (e *extraction) singleFileMode(position int) fs.FileMode {
	mode := e.pkg.Slots[position].Permissions
	if signed := e.pkg.Metadata.Slots[position].Permissions; signed != nil {
		mode = *signed
	}
	// Earlier builders' zero means 0600. No tree is writable for others, nor sets ids.
	if mode == 0 && !e.pkg.Metadata.Sealed {
		mode = 0o600
	}
	return fs.FileMode(mode & 0o755)
}

func (e *extraction) archive(job *job, stream *bufio.Reader) error {
	var headers format.TarDecoder
	var block [tarBlock]byte
	for {
		if err := readFull(stream, block[:]); err != nil {
			return err
		}
		header, err := headers.Header(&block)
		if err != nil {
			return err
		}
		switch header.Kind {
		case format.TarHeaderEnd:
			return e.archiveEnd(stream)
		case format.TarHeaderExtension:
			data := make([]byte, padded(uint64(header.Extension.Size)))
			if err := readFull(stream, data); err != nil {
				return err
			}
			if err := headers.Extend(header.Extension, data[:header.Extension.Size]); err != nil {
				return err
			}
		default:
			if err := e.streamEntry(job, stream, &header.Entry); err != nil {
				return err
			}
		}
	}
}

func (e *extraction) streamEntry(job *job, stream *bufio.Reader, entry *format.TarEntry) error {
	file, path, err := e.place(job, entry)
	if err != nil || file == nil {
		return err
	}
	defer closeFile(file)
	done, err := e.copy(stream, file, path, entry.Size)
	if err != nil {
		return err
	}
	if done != entry.Size {
		return errCutOff()
	}
	var block [tarBlock]byte
	filling := block[:padded(entry.Size)-entry.Size]
	if err := readFull(stream, filling); err != nil {
		return err
	}
	if err := requireZeros(filling, "the filling of a block"); err != nil {
		return err
	}
	return finishFile(e.tree, file, path, entry.MtimeSeconds)
}

// archiveEnd reads what follows the first zero block.
func (e *extraction) archiveEnd(stream *bufio.Reader) error {
	zeros := uint64(tarBlock)
	for {
		bytes, err := peekSome(stream)
		if err != nil {
			return err
		}
		if len(bytes) == 0 {
			break
		}
		if err := requireZeros(bytes, "what follows the end of the archive"); err != nil {
			return err
		}
		zeros += uint64(len(bytes))
		discard(stream, len(bytes))
	}
	if zeros < 2*tarBlock || zeros%tarBlock != 0 {
		return malformed("tar: the archive does not end in two zero blocks")
	}
	return nil
}

// copy copies at most `limit` bytes. It returns how many there were.
func (e *extraction) copy(stream *bufio.Reader, file *os.File, path string, limit uint64) (done uint64, err error) {
	for done < limit {
		bytes, err := peekSome(stream)
		if err != nil || len(bytes) == 0 {
			return done, err
		}
		bytes = bytes[:min(uint64(len(bytes)), limit-done)]
		if _, err := file.Write(bytes); err != nil {
			return done, entryError(path, err)
		}
		discard(stream, len(bytes))
		done += uint64(len(bytes))
		e.progress.advance(uint64(len(bytes)))
	}
	return done, nil
}

// peekSome gives what is buffered, at least one byte; none at the end of the stream.
func peekSome(stream *bufio.Reader) ([]byte, error) {
	if _, err := stream.Peek(1); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return stream.Peek(stream.Buffered())
}

// discard goes past bytes that were peeked at.
func discard(stream *bufio.Reader, length int) {
	_, _ = stream.Discard(length)
}

func readFull(stream *bufio.Reader, buffer []byte) error {
	_, err := io.ReadFull(stream, buffer)
	if err == io.EOF && len(buffer) > 0 || err == io.ErrUnexpectedEOF {
		return errCutOff()
	}
	return err
}

func errCutOff() error {
	return malformed("tar: the archive is cut off")
}

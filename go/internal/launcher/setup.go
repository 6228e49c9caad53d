package launcher

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"flavorpack/internal/format"
	"flavorpack/internal/log"
)

// Setup commands, run in the temporary tree before it is published. Source: spec/launch.md, "Setup commands".

// setup is where setup commands run, and with what.
type setup struct {
	tree   string
	filler placeholders
	// The same for what is written into files: there `{workenv}` is where the tree will be.
	lasting     placeholders
	environment environment
	hostPath    string
	log         *log.Log
}

func setupFailed(layout string, operands ...any) error {
	return format.Errorf(format.CodeSetupFailed, layout, operands...)
}

// run errors: setup-failed.
func (s setup) run(steps []format.SetupCommand) error {
	for number, step := range steps {
		if err := s.step(step); err != nil {
			return setupFailed("setup command %d: %s", number, format.AsError(err).Message)
		}
	}
	return nil
}

func (s setup) step(step format.SetupCommand) error {
	if step.Kind == format.SetupExecute {
		return s.execute(step)
	}
	path, err := s.inside(step.Path)
	if err != nil {
		return err
	}
	switch step.Kind {
	case format.SetupEnumerateAndExecute:
		found, err := s.matches(path, s.filler.fill(step.Pattern))
		if err != nil {
			return err
		}
		for _, match := range found {
			if err := s.execute(step, match); err != nil {
				return err
			}
		}
	case format.SetupWriteFile:
		if err := s.writeFile(path, step); err != nil {
			return setupFailed("cannot write %s: %w", path, systemWords(err))
		}
	case format.SetupChmod:
		return s.changeModes(path, fs.FileMode(step.Mode))
	}
	return nil
}

func (s setup) writeFile(path string, step format.SetupCommand) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(s.lasting.fill(step.Content)), 0o666); err != nil {
		return err
	}
	return changeMode(path, fs.FileMode(step.Mode))
}

func (s setup) changeModes(path string, mode fs.FileMode) error {
	paths := []string{path}
	if name := lastComponent(path); strings.ContainsAny(name, "*?") {
		var err error
		if paths, err = s.matches(filepath.Dir(path), name); err != nil {
			return err
		}
	}
	for _, path := range paths {
		if err := changeMode(path, mode); err != nil {
			return setupFailed("cannot change the mode of %s: %w", path, systemWords(err))
		}
	}
	return nil
}

func (s setup) execute(step format.SetupCommand, arguments ...string) error {
	program, err := commandOfSetup(step, s.filler, s.hostPath)
	if err != nil {
		return err
	}
	s.log.Say(log.Info, "setup: "+program.path)
	output, ended, err := s.runCaptured(program.path, append(program.argv, arguments...))
	if err != nil {
		return setupFailed("cannot execute %s: %w", program.path, systemWords(err))
	}
	if ended.Success() {
		return nil
	}
	_, _ = os.Stderr.Write(output[0])
	_, _ = os.Stderr.Write(output[1])
	return setupFailed("%s: %s", program.path, endedWords(ended))
}

// runCaptured runs a program with empty stdin, and gives what it wrote to stdout and stderr.
func (s setup) runCaptured(path string, argv []string) (output [2][]byte, ended *os.ProcessState, err error) {
	empty, err := os.Open(os.DevNull)
	if err != nil {
		return output, nil, err
	}
	defer closeFile(empty)
	files := []*os.File{empty}
	var captures [2]bytes.Buffer
	var capturing sync.WaitGroup
	for position := range captures {
		from, to, err := os.Pipe()
		if err != nil {
			return output, nil, err
		}
		defer closeFile(from)
		defer closeFile(to)
		files = append(files, to)
		capturing.Go(func() { _, _ = captures[position].ReadFrom(from) })
	}
	process, err := os.StartProcess(path, argv, &os.ProcAttr{Dir: s.tree, Env: s.environment, Files: files})
	for _, file := range files[1:] {
		closeFile(file)
	}
	if err == nil {
		ended, err = process.Wait()
	}
	capturing.Wait()
	return [2][]byte{captures[0].Bytes(), captures[1].Bytes()}, ended, err
}

// inside is a path of a setup command, which may be relative to the tree and must lie in it, links resolved.
func (s setup) inside(template string) (string, error) {
	return resolveInside(s.tree, nativePath(s.filler.fill(template)))
}

// matches is what in `directory` a glob matches, sorted by bytes.
func (s setup) matches(directory, pattern string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, setupFailed("cannot list %s: %w", directory, systemWords(err))
	}
	var found []string
	for _, entry := range entries {
		path := below(directory, entry.Name())
		// What a link outside leads to is none of this package's business.
		if matchesGlob(pattern, entry.Name()) && leadsInto(s.tree, path) {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found, nil
}

// leadsInto tells whether what a path really is lies in the tree.
func leadsInto(tree, path string) bool {
	realTree, treeErr := filepath.EvalSymlinks(tree)
	real, err := filepath.EvalSymlinks(path)
	return treeErr == nil && err == nil && isBelow(realTree, real)
}

// resolveInside is a path below `tree`, by its text and by what its existing part really is.
//
// Errors: setup-failed.
func resolveInside(tree, path string) (string, error) {
	if !isAbsolute(path) {
		path = below(tree, path)
	}
	outside := setupFailed("path %s leaves the tree", path)
	if !isBelow(tree, path) || slices.Contains(strings.Split(path[len(tree):], separator), "..") {
		return "", outside
	}
	existing := path
	// A link that leads nowhere would be written through.
	for !exists(existing) && existing != filepath.Dir(existing) {
		existing = filepath.Dir(existing)
	}
	if !leadsInto(tree, existing) {
		return "", outside
	}
	return path, nil
}

// isBelow tells, by their texts, whether a path is the directory or lies in it.
func isBelow(directory, path string) bool {
	rest, isPrefix := strings.CutPrefix(path, directory)
	return isPrefix && (rest == "" || strings.HasPrefix(rest, separator) || strings.HasSuffix(directory, separator))
}

package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"flavorpack/internal/format"
	"flavorpack/internal/log"
	"flavorpack/internal/reader"
)

// One start, step by step. Source: spec/launch.md, "Order of one start".

// extractionMemory is what the collector may let the heap grow to while slots are unpacked: two frames at work, and little else.
const extractionMemory = 56 << 20

// settings is everything that the environment says about how to start.
type settings struct {
	level reader.Level
	cli   bool
	spawn bool
	log   *log.Log
}

// settingsOf errors: level-unknown.
func settingsOf(caller Caller, log *log.Log) (settings, error) {
	level := reader.LevelStandard
	if name, _ := caller.variable("FLAVOR_VALIDATION"); name != "" {
		var isLevel bool
		if level, isLevel = reader.ParseLevel(name); !isLevel {
			return settings{}, format.Errorf(format.CodeLevelUnknown, "FLAVOR_VALIDATION is not a level").
				WithHint("use strict, standard, relaxed, minimal or none")
		}
	}
	cli, _ := caller.variable("FLAVOR_LAUNCHER_CLI")
	mode, _ := caller.variable("FLAVOR_EXEC_MODE")
	return settings{level, cli == "1" || strings.EqualFold(cli, "true"), strings.EqualFold(mode, "spawn"), log}, nil
}

// Run starts the package that this executable is part of, and returns its exit status: in spawn mode, in CLI mode, or when there
// is an error, which it has told on stderr. Otherwise the program has taken its place.
func Run(caller Caller) int {
	// A warm start is over before it would pay to collect anything; an extraction turns the collector on.
	debug.SetGCPercent(-1)
	inherited.ignoreAgain()
	value, _ := caller.variable("FLAVOR_LOG_LEVEL")
	log := log.New(os.Stderr, value)
	defer exitOnPanic()
	status, err := run(caller, log)
	if err != nil {
		fault := format.AsError(err)
		log.Error(fault)
		return fault.Code.Exit()
	}
	return status
}

// exitOnPanic ends the process with the status of a defect. To be deferred in each goroutine.
func exitOnPanic() {
	if panicked := recover(); panicked != nil {
		log.New(os.Stderr, "").Error(format.Errorf(format.CodeInternal, "defect of the launcher: %s", strings.ReplaceAll(fmt.Sprint(panicked), "\n", ": ")))
		os.Exit(format.CodeInternal.Exit())
	}
}

func run(caller Caller, log *log.Log) (int, error) {
	if isElevated() {
		return 0, format.Errorf(format.CodeElevated, "packages do not start with raised privileges (setuid, setgid or file capabilities)")
	}
	file, err := openSelf(caller.command())
	if err != nil {
		return 0, format.Errorf(format.CodeFileUnreadable, "cannot open the package's own file").
			WithHint("it must be readable, not only executable")
	}
	settings, err := settingsOf(caller, log)
	if err != nil {
		return 0, err
	}
	if settings.cli {
		return runCLI(caller, file, settings)
	}
	return start(caller, file, settings)
}

// openPackage errors: those that no level tolerates.
func openPackage(file *os.File, level reader.Level) (*reader.Opened, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, format.Errorf(format.CodeFileUnreadable, "cannot read the package: %w", systemWords(err))
	}
	return reader.Open(file, uint64(info.Size()), level)
}

// start is a normal start.
func start(caller Caller, file *os.File, settings settings) (int, error) {
	opened, err := openPackage(file, settings.level)
	if err != nil {
		return 0, err
	}
	s := &starting{caller: caller, file: file, pkg: opened.Package, level: opened.Level(settings.level), log: settings.log}
	if err := s.judge(opened.Findings); err != nil {
		return 0, err
	}
	workenv, ready, err := chooseWorkenv(caller, s.pkg)
	if err != nil {
		return 0, err
	}
	isVerified := s.level != reader.LevelStrict || s.isRemembered(workenv)
	if !isVerified {
		if err := s.verifyAll(); err != nil {
			return 0, err
		}
	}
	content := workenv.content
	if !ready {
		if content, err = s.extract(workenv, ""); err != nil {
			return 0, err
		}
	}
	if !isVerified {
		s.remember(workenv)
	}
	for {
		filler := s.placeholders(content)
		program, err := commandOfExecution(caller, filler)
		if err != nil {
			return 0, err
		}
		argv := append(program.argv, caller.arguments()...)
		s.log.Say(log.Debug, "executing "+program.path)
		status, err := execute(program, argv, buildEnvironment(caller, workenv.root, filler), settings.spawn)
		// A tree made just now is not made again.
		if err == nil || !ready || !program.isPackaged || exists(program.path) {
			return status, err
		}
		s.log.Say(log.Info, program.path+" is missing: extracting again")
		ready = false
		if content, err = s.extract(workenv, program.path); err != nil {
			return 0, err
		}
	}
}

// judge acts on findings: refuses, or warns. It tells whether level standard would have refused.
func judge(findings []reader.Finding, level reader.Level, log *log.Log) (isTainted bool, err error) {
	for _, finding := range findings {
		if level.Action(finding.Fault) == reader.Refuse {
			return false, finding.Err
		}
		isTainted = isTainted || reader.LevelStandard.Action(finding.Fault) == reader.Refuse
	}
	for _, finding := range findings {
		if level.Action(finding.Fault) == reader.Warn {
			log.Warning(finding.Err)
		}
	}
	return isTainted, nil
}

// chooseWorkenv is the workenv of a package, and whether it is ready. If it is not, its root can be written to.
func chooseWorkenv(caller Caller, pkg *reader.Package) (workenv, bool, error) {
	var reasons []string
	for _, root := range cacheRoots(caller) {
		chosen := newWorkenv(root.path, pkg)
		isUsable := root.kind != sharedRoot
		if !isUsable {
			isUsable, _ = isTrusted(root.path)
		}
		if isUsable {
			if ready, err := chosen.isReady(); ready || err != nil {
				return chosen, ready, err
			}
		}
		err := root.prepare()
		var tryNext errTryNext
		if !errors.As(err, &tryNext) {
			return chosen, false, err
		}
		reasons = append(reasons, tryNext.reason)
	}
	return workenv{}, false, format.Errorf(format.CodeIoError, "no place for the cache: %s", strings.Join(reasons, "; ")).
		WithHint("set FLAVOR_CACHE to a directory that can be written")
}

// chooseExistingWorkenv is the same without making anything: the first workenv that is ready, else the one that would be tried
// first.
func chooseExistingWorkenv(caller Caller, pkg *reader.Package) (workenv, bool, error) {
	roots := cacheRoots(caller)
	for _, root := range roots {
		workenv := newWorkenv(root.path, pkg)
		if ready, err := workenv.isReady(); ready || err != nil {
			return workenv, ready, err
		}
	}
	if len(roots) == 0 {
		return workenv{}, false, format.Errorf(format.CodeIoError, "no place for the cache")
	}
	return newWorkenv(roots[0].path, pkg), false, nil
}

// starting is one start at work.
type starting struct {
	caller Caller
	file   *os.File
	pkg    *reader.Package
	level  reader.Level
	log    *log.Log
	// Something was tolerated that level standard refuses: what is extracted stays private.
	isTainted bool
}

func (s *starting) judge(findings []reader.Finding) error {
	isTainted, err := judge(findings, s.level, s.log)
	s.isTainted = s.isTainted || isTainted
	return err
}

func (s *starting) placeholders(workenv string) placeholders {
	return placeholders{workenv: workenv, metadata: s.pkg.Metadata, home: s.caller.home}
}

// verifyAll checks everything that reader.Open did not look at, for level strict.
func (s *starting) verifyAll() error {
	progress := newProgress(s.pkg.Metadata.Package.Name, "verifying", s.pkg.Index.PackageSize, s.log)
	checks, err := reader.WholeFile(s.pkg, progress.advance)
	progress.end()
	if err != nil {
		return err
	}
	var findings []reader.Finding
	for _, check := range checks {
		if check.Finding != nil {
			findings = append(findings, *check.Finding)
		}
	}
	return s.judge(findings)
}

// isRemembered tells whether the package file is still as it was when level strict accepted it.
func (s *starting) isRemembered(workenv workenv) bool {
	trusted, _ := isTrusted(workenv.state)
	now, err := fingerprint(s.file)
	if !trusted || err != nil {
		return false
	}
	then, err := os.ReadFile(workenv.verified())
	return err == nil && string(then) == now
}

// remember keeps the verdict. One that cannot be kept is reached again.
func (s *starting) remember(workenv workenv) {
	if now, err := fingerprint(s.file); err == nil {
		_ = writeWhole(workenv.verified(), []byte(now), 0o600)
	}
}

// extract extracts, and publishes unless the tree is private. It returns where the program runs from.
//
// `missing` is the program that a stamped tree lacks: such a tree is not ready, unless another process repairs it first.
func (s *starting) extract(workenv workenv, missing string) (content string, err error) {
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(extractionMemory)
	isReady := func() (bool, error) {
		ready, err := workenv.isReady()
		return ready && (missing == "" || exists(missing)), err
	}
	if needs := s.pkg.Metadata.Requirements; needs != nil {
		if err := checkRequirements(*needs); err != nil {
			return "", err
		}
	}
	findings, err := reader.BeforeExtraction(s.pkg)
	if err != nil {
		return "", err
	}
	if err := s.judge(findings); err != nil {
		return "", err
	}
	if err := workenv.makeState(); err != nil {
		return "", err
	}
	workenv.sweep()
	// A private tree is nobody else's work, so there is nothing to wait for.
	if !s.isTainted {
		held, ready := waitForLock(workenv.extractionLock(), func() bool {
			ready, err := isReady()
			return ready && err == nil
		})
		if held != nil {
			defer closeFile(held)
		}
		if !ready {
			ready, err = isReady()
		}
		if ready || err != nil {
			return workenv.content, err
		}
	}
	return s.extractTree(workenv, isReady)
}

// extractTree makes a tree, and publishes it unless it is private.
func (s *starting) extractTree(workenv workenv, isReady func() (bool, error)) (content string, err error) {
	positions := s.wantedSlots()
	if err := s.checkSpace(workenv, positions); err != nil {
		return "", err
	}
	temporary, err := workenv.temporary()
	if err != nil {
		return "", err
	}
	defer temporary.end()
	if err := s.fill(workenv, temporary.tree, positions); err != nil {
		return "", err
	}
	if s.isTainted {
		return temporary.tree, temporary.keep()
	}
	hasSetup := len(s.pkg.Metadata.SetupCommands) > 0
	if hasSetup {
		if err := rewriteShebangs(temporary.tree, workenv.content); err != nil {
			return "", ioError("cannot rewrite scripts in", temporary.tree, err)
		}
	}
	if err := workenv.stamp(temporary.tree); err != nil {
		return "", err
	}
	if hasSetup {
		if err := removeWritePermission(temporary.tree); err != nil {
			return "", ioError("cannot change modes in", temporary.tree, err)
		}
	}
	isPublished, err := workenv.publish(temporary, isReady)
	if err != nil {
		return "", err
	}
	if !isPublished {
		return temporary.tree, temporary.keep()
	}
	workenv.describe(s.pkg)
	return workenv.content, nil
}

// wantedSlots are the positions of the slots that belong into the tree.
func (s *starting) wantedSlots() []int {
	var wanted []int
	for position, entry := range s.pkg.Metadata.Slots {
		isElsewhere := entry.Platform != nil && *entry.Platform != "any" && *entry.Platform != system
		isPassedOver := isElsewhere || entry.Lifecycle == "lazy" || entry.Lifecycle == "dev"
		// Earlier launchers extracted every slot.
		if !s.pkg.Metadata.Sealed || !isPassedOver {
			wanted = append(wanted, position)
		}
	}
	return wanted
}

// plainBytes is what slots are after extraction.
func (s *starting) plainBytes(positions []int) uint64 {
	total := uint64(0)
	for _, position := range positions {
		total += s.pkg.Slots[position].OriginalSize
	}
	return total
}

func (s *starting) checkSpace(workenv workenv, positions []int) error {
	plain := s.plainBytes(positions)
	needed := plain + plain/20
	free, _, err := fileSystem(workenv.state)
	if err == nil && free < needed {
		return format.Errorf(format.CodeDiskFull, "%s needs %d bytes, %d are free", workenv.content, needed, free).
			WithHint("free some space, or set FLAVOR_CACHE to a place that has some")
	}
	return nil
}

// fill brings slots, directories, setup commands; then what was there for setup only goes.
func (s *starting) fill(workenv workenv, path string, positions []int) error {
	metadata := s.pkg.Metadata
	progress := newProgress(metadata.Package.Name, "unpacking", s.plainBytes(positions), s.log)
	brought, err := extractInto(path, s.pkg, positions, placeInWorkenv, s.level, progress)
	if err != nil {
		return err
	}
	if err := s.judge(brought.tolerated); err != nil {
		return err
	}
	filler := s.placeholders(path)
	for _, directory := range metadata.Workenv.Directories {
		if err := makeWorkenvDirectory(path, nativePath(filler.fill(directory.Path)), fs.FileMode(directory.Mode)); err != nil {
			return err
		}
	}
	if len(metadata.SetupCommands) > 0 {
		hostPath, _ := s.caller.variable("PATH")
		lasting := filler
		if !s.isTainted {
			lasting = s.placeholders(workenv.content)
		}
		setup := setup{path, filler, lasting, buildEnvironment(s.caller, workenv.root, filler), hostPath, s.log}
		if err := setup.run(metadata.SetupCommands); err != nil {
			return err
		}
	}
	removePassing(path, brought.passing)
	return nil
}

// extractInto extracts slots into an existing directory.
//
// Modes are those of the archive: the umask of the caller counts for what setup commands and the program make.
func extractInto(path string, pkg *reader.Package, positions []int, place placement, level reader.Level, progress *progress) (brought extracted, err error) {
	defer progress.end()
	tree, err := openTree(path)
	if err != nil {
		return extracted{}, err
	}
	defer tree.close()
	err = withoutUmask(func() (err error) {
		brought, err = extract(pkg, positions, place, tree, level, progress)
		return err
	})
	return brought, err
}

func makeWorkenvDirectory(tree, path string, mode fs.FileMode) error {
	path, err := resolveInside(tree, path)
	if err != nil {
		return format.Errorf(format.CodePathUnsafe, "workenv.directories: %s", format.AsError(err).Message)
	}
	if err := makeDirectories(path); err != nil {
		return ioError("cannot make", path, err)
	}
	// No directory of a workenv is writable for others.
	if err := changeMode(path, mode&0o755); err != nil {
		return ioError("cannot make", path, err)
	}
	return nil
}

// removePassing removes what passing slots brought, and the directories that this leaves empty.
func removePassing(tree string, paths []string) {
	for _, path := range paths {
		// A directory goes once it is empty, with the last of its files or here; what setup added keeps it.
		for at := below(tree, nativePath(path)); at != tree && os.Remove(at) == nil; {
			at = filepath.Dir(at)
		}
	}
}

// removeWritePermission: setup commands may have used a wide umask.
func removeWritePermission(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 {
		if err := os.Chmod(path, mode&^0o022); err != nil {
			return err
		}
	}
	if !info.IsDir() {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := removeWritePermission(below(path, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

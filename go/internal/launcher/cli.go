package launcher

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"flavorpack/internal/format"
	"flavorpack/internal/log"
	"flavorpack/internal/reader"
)

// FLAVOR_LAUNCHER_CLI=1: questions about the package instead of a start. Source: spec/launch.md, "FLAVOR_LAUNCHER_CLI".

const help = `FLAVOR_LAUNCHER_CLI=1 PACKAGE [COMMAND] [--json]

  info              name, version, package id, signer, launcher, slots, command
  verify            check the whole file; one line a check
  metadata          the signed metadata
  extract SLOT DIR  unpack a slot, by position or id, into DIR
  run [ARGS]        a normal start
  trust             the signer's key id, and what verification proves
  cache             where the package is extracted to, and whether it is
  version           of this launcher; works without a package too
  help              this list

Exit status: 0; 10 to 13 and 18 when the package is not intact; 105 for wrong arguments; 103 and 106 when extraction fails.
Without the variable every argument belongs to the program.
`

// runCLI answers one command.
//
// Errors: those of a start, for `run`. Other commands report their own, with the exit codes of `verify`.
func runCLI(caller Caller, file *os.File, settings settings) (int, error) {
	if arguments := caller.arguments(); len(arguments) > 0 && arguments[0] == "run" {
		caller.Argv = slices.Concat(caller.Argv[:1], caller.Argv[2:])
		return start(caller, file, settings)
	}
	question := question{caller: caller, file: file, level: settings.level, log: settings.log}
	var words []string
	for _, word := range caller.arguments() {
		if word == "--json" {
			question.asJSON = true
		} else {
			words = append(words, word)
		}
	}
	status, err := question.answer(words)
	if err == nil {
		return status, nil
	}
	fault := format.AsError(err)
	settings.log.Error(fault)
	if fault.Code == format.CodeArgumentsInvalid {
		return fault.Code.Exit(), nil
	}
	return fault.Code.VerifyExit(), nil
}

// question is what was asked, and of which file.
type question struct {
	caller Caller
	file   *os.File
	level  reader.Level
	asJSON bool
	log    *log.Log
}

func (q question) answer(words []string) (int, error) {
	command := "info"
	if len(words) > 0 {
		command = words[0]
	}
	switch {
	case command == "extract" && len(words) == 3:
		return 0, q.ofPackage(func(pkg *reader.Package) (string, error) { return q.extractSlot(pkg, words[1], words[2]) })
	case len(words) > 1:
	case command == "info":
		return 0, q.ofPackage(q.info)
	case command == "verify":
		return q.verify()
	case command == "metadata":
		return 0, q.ofPackage(func(pkg *reader.Package) (string, error) { return string(pkg.MetadataJSON) + "\n", nil })
	case command == "trust":
		return 0, q.ofPackage(q.trust)
	case command == "cache":
		return 0, q.ofPackage(q.cache)
	case command == "version", command == "--version":
		return 0, printOut(q.version())
	case command == "help", command == "--help":
		if q.asJSON {
			return 0, printOut(jsonObject(member{"help", jsonText(help)}) + "\n")
		}
		return 0, printOut(help)
	}
	return 0, format.Errorf(format.CodeArgumentsInvalid, "FLAVOR_LAUNCHER_CLI: unknown command or arguments: %s", strings.Join(words, " ")).
		WithHint("help lists the commands; unset FLAVOR_LAUNCHER_CLI to start the program")
}

func printOut(text string) error {
	if _, err := os.Stdout.WriteString(text); err != nil {
		return format.Errorf(format.CodeOutputUnwritable, "cannot write to stdout: %w", systemWords(err))
	}
	return nil
}

// ofPackage opens the package at the level of the environment, answers, and prints the answer.
func (q question) ofPackage(answer func(*reader.Package) (string, error)) error {
	opened, err := openPackage(q.file, q.level)
	if err != nil {
		return err
	}
	if _, err := judge(opened.Findings, opened.Level(q.level), q.log); err != nil {
		return err
	}
	text, err := answer(opened.Package)
	if err != nil {
		return err
	}
	return printOut(text)
}

// row is a line of a table.
func row(name, value string) string {
	return fmt.Sprintf("%-12s %s\n", name, log.Visible(value))
}

// signerOf is the key id of the signer, or empty.
func signerOf(pkg *reader.Package) string {
	if !pkg.Index.HasSignature() {
		return ""
	}
	return format.KeyID(pkg.Index.PublicKey)
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func commandWords(pkg *reader.Package) []string {
	execution := &pkg.Metadata.Execution
	if execution.Argv == nil && execution.Command != nil {
		return []string{*execution.Command}
	}
	return execution.Argv
}

// quoted is a list of texts for people.
func quoted(texts []string) string {
	parts := make([]string, len(texts))
	for position, text := range texts {
		parts[position] = strconv.Quote(text)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (q question) info(pkg *reader.Package) (string, error) {
	metadata := pkg.Metadata
	launcher := "unknown"
	if metadata.Launcher != nil {
		launcher = metadata.Launcher.Tool + " " + metadata.Launcher.ToolVersion
	}
	if q.asJSON {
		return infoJSON(pkg, launcher), nil
	}
	var text strings.Builder
	text.WriteString(log.Visible(metadata.Package.Name+" "+metadata.Package.Version) + "\n")
	text.WriteString(row("package id", hexText(pkg.ID[:])))
	text.WriteString(row("signer", orElse(signerOf(pkg), "unsigned")))
	text.WriteString(row("launcher", fmt.Sprintf("%s, %d bytes; this one: %s %s %s", launcher, pkg.Index.LauncherSize, launcherName, format.Version, platform)))
	text.WriteString(row("built", metadata.Build.Tool+" "+metadata.Build.Timestamp))
	text.WriteString(row("command", quoted(commandWords(pkg))))
	for _, entry := range metadata.Execution.Entries {
		text.WriteString(row("entry", entry.Name+" "+quoted(entry.Argv)))
	}
	for position, entry := range metadata.Slots {
		slot := &pkg.Slots[position]
		text.WriteString(row("slot", fmt.Sprintf("%d %s -> %s (%s, %s) %d of %d bytes",
			position, entry.ID, entry.Target, entry.Operations, entry.Lifecycle, slot.Size, slot.OriginalSize)))
	}
	return text.String(), nil
}

func infoJSON(pkg *reader.Package, launcher string) string {
	metadata := pkg.Metadata
	var slots, entries []string
	for position, entry := range metadata.Slots {
		slots = append(slots, jsonObject(
			member{"slot", strconv.Itoa(position)},
			member{"id", jsonText(entry.ID)},
			member{"target", jsonText(entry.Target)},
			member{"operations", jsonText(entry.Operations)},
			member{"purpose", jsonText(entry.Purpose)},
			member{"lifecycle", jsonText(entry.Lifecycle)},
			member{"size", strconv.FormatUint(pkg.Slots[position].Size, 10)},
			member{"original_size", strconv.FormatUint(pkg.Slots[position].OriginalSize, 10)},
		))
	}
	for _, entry := range metadata.Execution.Entries {
		entries = append(entries, entry.Name)
	}
	return jsonObject(
		member{"name", jsonText(metadata.Package.Name)},
		member{"version", jsonText(metadata.Package.Version)},
		member{"sequence", strconv.FormatUint(metadata.Package.Sequence, 10)},
		member{"package_id", jsonText(hexText(pkg.ID[:]))},
		member{"signer", jsonTextOrNull(signerOf(pkg))},
		member{"sealed", strconv.FormatBool(metadata.Sealed)},
		member{"launcher", jsonText(launcher)},
		member{"platform", jsonText(platform)},
		member{"package_size", strconv.FormatUint(pkg.Index.PackageSize, 10)},
		member{"build_tool", jsonText(metadata.Build.Tool)},
		member{"build_timestamp", jsonText(metadata.Build.Timestamp)},
		member{"command", jsonTexts(commandWords(pkg))},
		member{"entries", jsonTexts(entries)},
		member{"slots", jsonArray(slots)},
	) + "\n"
}

func (q question) trust(pkg *reader.Package) (string, error) {
	lifetime := pkg.Metadata.Verification.KeyLifetime
	proves := "that the file is what the key signed, bit for bit; not whose key it is: compare the key id with the publisher's"
	switch {
	case !pkg.Index.HasSignature():
		proves = "nothing: the package is unsigned"
	case !pkg.Metadata.Sealed:
		proves = "that the metadata is what the key signed; slots are tied to it by their digests"
	case lifetime == "build":
		proves = "that the file is what its builder signed, bit for bit; the key was made for this build and is gone"
	}
	if q.asJSON {
		return jsonObject(
			member{"signer", jsonTextOrNull(signerOf(pkg))},
			member{"key_lifetime", jsonText(lifetime)},
			member{"proves", jsonText(proves)},
		) + "\n", nil
	}
	return row("signer", orElse(signerOf(pkg), "unsigned")) + row("proves", proves), nil
}

func (q question) cache(pkg *reader.Package) (string, error) {
	workenv, ready, err := chooseExistingWorkenv(q.caller, pkg)
	if err != nil {
		return "", err
	}
	if q.asJSON {
		return jsonObject(
			member{"root", jsonText(workenv.root)},
			member{"workenv", jsonText(workenv.content)},
			member{"ready", strconv.FormatBool(ready)},
		) + "\n", nil
	}
	readiness := "no"
	if ready {
		readiness = "yes"
	}
	return row("root", workenv.root) + row("workenv", workenv.content) + row("ready", readiness), nil
}

// version tells what the marker says.
func (q question) version() string {
	own, _ := format.FindMarker(format.MagicLauncherMarker, []byte(marker))
	if q.asJSON {
		return jsonObject(
			member{"name", jsonText(launcherName)},
			member{"version", jsonText(own.Version)},
			member{"platform", jsonText(own.Platform)},
		) + "\n"
	}
	return launcherName + " " + own.Version + " " + own.Platform + "\n"
}

func (q question) extractSlot(pkg *reader.Package, name, path string) (string, error) {
	position, err := strconv.Atoi(name)
	if err != nil || position < 0 || position >= len(pkg.Slots) {
		position = slices.IndexFunc(pkg.Metadata.Slots, func(entry format.SlotEntry) bool { return entry.ID == name })
	}
	if position < 0 {
		return "", format.Errorf(format.CodeArgumentsInvalid, "no slot %q: the package has %d slots", name, len(pkg.Slots)).
			WithHint("info lists them")
	}
	entry := &pkg.Metadata.Slots[position]
	findings, err := reader.BeforeExtraction(pkg)
	if err != nil {
		return "", err
	}
	if _, err := judge(findings, q.level, q.log); err != nil {
		return "", err
	}
	if err := makeDirectories(path); err != nil {
		return "", ioError("cannot make", path, err)
	}
	// A link is followed here: the directory is the caller's own choice.
	place, err := realPath(path)
	if err != nil {
		return "", ioError("cannot open", path, err)
	}
	progress := newProgress(entry.ID, "extracting", pkg.Slots[position].OriginalSize, q.log)
	brought, err := extractInto(place, pkg, []int{position}, placeAlone, q.level, progress)
	if err != nil {
		fault := format.AsError(err)
		if fault.Code == format.CodeEntryConflict {
			return "", format.Errorf(format.CodeOutputExists, "%s: %s; existing files are not replaced", place, fault.Message)
		}
		return "", err
	}
	if _, err := judge(brought.tolerated, q.level, q.log); err != nil {
		return "", err
	}
	if entry.Purpose == "wheel" {
		if err := restoreWheel(pkg, position, place); err != nil {
			return "", err
		}
	}
	if q.asJSON {
		return jsonObject(
			member{"slot", strconv.Itoa(position)},
			member{"id", jsonText(entry.ID)},
			member{"directory", jsonText(place)},
		) + "\n", nil
	}
	return log.Visible(fmt.Sprintf("slot %d (%s) extracted into %s", position, entry.ID, place)) + "\n", nil
}

// realPath is an existing path, absolute and without links.
func realPath(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

// restoreWheel gives a wheel back as it was before it became part of a package.
func restoreWheel(pkg *reader.Package, position int, directory string) error {
	target := pkg.Metadata.Slots[position].Target
	path := below(directory, target[strings.LastIndexByte(target, '/')+1:])
	stored, err := os.ReadFile(path)
	if err != nil {
		return ioError("cannot read", path, err)
	}
	wheel, err := reader.PlainWheel(stored, pkg.Slots[position].Offset)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, wheel, 0); err != nil {
		return ioError("cannot write", path, err)
	}
	return nil
}

// checkLine is what was checked, and with what result.
type checkLine struct {
	name    string
	finding *reader.Finding
}

// isNotice: unsigned and not sealed are no faults of the bytes: they are said, and the package is intact.
func (l checkLine) isNotice() bool {
	return l.finding != nil && (l.finding.Fault == reader.FaultUnsigned || l.finding.Fault == reader.FaultSealNotAnnounced)
}

func (l checkLine) result() string {
	switch {
	case l.finding == nil:
		return "ok"
	case l.isNotice():
		return "note"
	}
	return "fail"
}

// verify is as strict as level strict, whatever the environment says.
func (q question) verify() (int, error) {
	lines, signer, err := q.check()
	if err != nil {
		if !q.asJSON {
			return 0, err
		}
		fault := format.AsError(err)
		problem := jsonObject(member{"code", jsonText(string(fault.Code))}, member{"message", jsonText(fault.Message)})
		return fault.Code.VerifyExit(), printOut(jsonObject(member{"intact", "false"}, member{"error", problem}) + "\n")
	}
	status := 0
	for _, line := range lines {
		if status == 0 && line.finding != nil && !line.isNotice() {
			status = line.finding.Err.Code.VerifyExit()
		}
	}
	if q.asJSON {
		return status, printOut(verdictJSON(lines, signer, status == 0))
	}
	return status, printOut(verdictText(lines, signer, status == 0))
}

// check makes every check. Errors: those that end it early.
func (q question) check() (lines []checkLine, signer string, err error) {
	opened, err := openPackage(q.file, reader.LevelStrict)
	if err != nil {
		return nil, "", err
	}
	pkg := opened.Package
	lines = openingLines(opened)
	progress := newProgress(pkg.Metadata.Package.Name, "verifying", pkg.Index.PackageSize, q.log)
	defer progress.end()
	checks, err := reader.WholeFile(pkg, progress.advance)
	for _, check := range checks {
		lines = append(lines, checkLine{check.Name, check.Finding})
	}
	return lines, signerOf(pkg), err
}

func verdictJSON(lines []checkLine, signer string, isIntact bool) string {
	checks := make([]string, len(lines))
	for position, line := range lines {
		members := []member{{"name", jsonText(line.name)}, {"result", jsonText(line.result())}}
		if line.finding != nil {
			fault := line.finding.Err
			members = append(members, member{"code", jsonText(string(fault.Code))}, member{"message", jsonText(fault.Message)})
		}
		checks[position] = jsonObject(members...)
	}
	return jsonObject(
		member{"intact", strconv.FormatBool(isIntact)},
		member{"signer", jsonTextOrNull(signer)},
		member{"checks", jsonArray(checks)},
	) + "\n"
}

func verdictText(lines []checkLine, signer string, isIntact bool) string {
	var text strings.Builder
	for _, line := range lines {
		detail := ""
		if line.finding != nil {
			detail = ": " + line.finding.Err.Error()
		}
		text.WriteString(log.Visible(fmt.Sprintf("%-5s %s%s", line.result(), line.name, detail)) + "\n")
	}
	switch {
	case !isIntact:
		text.WriteString("not intact\n")
	case signer != "":
		text.WriteString("intact; signed by " + signer + ", which is not known here\n")
	default:
		text.WriteString("intact; unsigned\n")
	}
	return text.String()
}

// openingLines are the checks that opening made.
func openingLines(opened *reader.Opened) []checkLine {
	type step struct {
		name  string
		codes []format.ErrorCode
	}
	steps := []step{
		{"trailer and index block", []format.ErrorCode{format.CodeIndexChecksumWrong, format.CodeIndexFieldInvalid}},
		{"index block, copy A", []format.ErrorCode{format.CodeIndexCopyDiffers}},
		{"seal", []format.ErrorCode{format.CodeSealWrong, format.CodeSealMissing, format.CodeUnsigned}},
		{"metadata digest", []format.ErrorCode{format.CodeMetadataChecksumWrong}},
	}
	if !opened.Package.Metadata.Sealed {
		steps = []step{
			{"trailer and index block", []format.ErrorCode{format.CodeIndexChecksumWrong}},
			{"metadata digest", []format.ErrorCode{format.CodeMetadataChecksumWrong}},
			{"seal", []format.ErrorCode{format.CodeSealNotAnnounced}},
			{"metadata signature", []format.ErrorCode{format.CodeMetadataSignatureWrong, format.CodeUnsigned}},
		}
	}
	lines := make([]checkLine, len(steps))
	for position, step := range steps {
		lines[position].name = step.name
		found := slices.IndexFunc(opened.Findings, func(finding reader.Finding) bool { return slices.Contains(step.codes, finding.Err.Code) })
		if found >= 0 {
			lines[position].finding = &opened.Findings[found]
		}
	}
	return lines
}

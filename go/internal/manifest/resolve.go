package manifest

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"flavorpack/internal/format"
)

// Read reads, checks and resolves a manifest file. base is the absolute folder that relative sources, and {workenv} in them, start
// at. The warnings are lines for people.
//
// Errors: those of spec/manifest.md: file-missing, file-unreadable, manifest-missing, manifest-key-unknown, manifest-invalid,
// placeholder-unknown, entry-missing, entry-conflict, path-unsafe, operation-unknown, operation-unsupported.
func Read(path, base string) (*Manifest, []string, error) {
	where := filepath.Base(path)
	document, err := readDocument(path)
	if err != nil {
		return nil, nil, err
	}
	if err := validate(document, where); err != nil {
		return nil, nil, err
	}
	input, idle, err := decodeInput(document.(*object))
	if err != nil {
		return nil, nil, format.Errorf(format.CodeManifestInvalid, "%s: %w", where, err)
	}
	r := resolver{where: where, base: base}
	if len(idle) > 0 {
		verb := "have"
		if len(idle) == 1 {
			verb = "has"
		}
		r.warn("%s at the top of the manifest %s no effect", strings.Join(idle, ", "), verb)
	}
	manifest, err := r.resolve(input)
	return manifest, r.warnings, err
}

// resolver fills in every default and checks every value; nothing after it meets an absent one.
type resolver struct {
	where    string
	base     string
	warnings []string
	content  content
}

func (r *resolver) warn(layout string, operands ...any) {
	r.warnings = append(r.warnings, r.where+": "+fmt.Sprintf(layout, operands...))
}

func (r *resolver) resolve(input *Input) (*Manifest, error) {
	later := []string{}
	for _, slot := range input.Slots {
		if slot.Resolution != "" && slot.Resolution != "build" {
			later = append(later, slot.ID)
		}
	}
	if len(later) > 0 {
		r.warn("resolution of %s has no effect: every slot is packed", strings.Join(later, ", "))
	}
	if input.Workenv.Name != nil {
		return nil, format.Errorf(format.CodeManifestInvalid, "%s: workenv.name (a pinned workenv) is reserved and not supported by this version", r.where).
			WithHint("remove it: the workenv is named by package, version and content")
	}
	slots, err := resolveSlots(input.Slots, r.base, r.where)
	if err != nil {
		return nil, err
	}
	r.content = content{slots: slots, hasSetup: len(input.SetupCommands) > 0}
	env := input.Runtime.Env
	manifest := &Manifest{
		Package:      format.PackageInfo(input.Package),
		Slots:        slots,
		RuntimeEnv:   format.RuntimeEnv{Unset: env.Unset, Pass: env.Pass, Map: env.Map.pairs(), Set: env.Set.pairs()},
		MinimumLevel: input.Verification.MinimumLevel,
	}
	if needs := input.Requirements; needs != nil {
		manifest.Requirements = &format.Requirements{Libc: needs.Libc, LibcVersion: needs.LibcVersion}
	}
	if check := input.CacheValidation; check != nil {
		manifest.CacheValidation = &format.CacheValidation{CheckFile: check.CheckFile, ExpectedContent: check.ExpectedContent}
	}
	if manifest.Execution, err = r.execution(&input.Execution); err != nil {
		return nil, err
	}
	for position := range input.SetupCommands {
		command, err := setupCommand(&input.SetupCommands[position], fmt.Sprintf("%s: setup_commands[%d]", r.where, position))
		if err != nil {
			return nil, err
		}
		manifest.SetupCommands = append(manifest.SetupCommands, command)
	}
	if manifest.Workenv, err = r.workenv(input); err != nil {
		return nil, err
	}
	return manifest, r.checkPlaceholders(manifest)
}

func (r *resolver) workenv(input *Input) (format.Workenv, error) {
	workenv := format.Workenv{Env: input.Workenv.Env.pairs()}
	for position, directory := range input.Workenv.Directories {
		if err := insideTree(directory.Path, fmt.Sprintf("%s: workenv.directories[%d].path", r.where, position)); err != nil {
			return format.Workenv{}, err
		}
		workenv.Directories = append(workenv.Directories, format.Directory{Path: directory.Path, Mode: mode(directory.Mode, 0o700)})
	}
	return workenv, nil
}

func (r *resolver) settle(program ProgramInput, key string, args []string) ([]string, error) {
	words, isCommand, err := programWords(program, key)
	if err != nil {
		return nil, err
	}
	argv, warning, err := settleProgram(slices.Concat(words, args), isCommand, r.content, key)
	if warning != "" {
		r.warnings = append(r.warnings, warning)
	}
	return argv, err
}

func (r *resolver) execution(input *ExecutionInput) (format.Execution, error) {
	execution := format.Execution{Entry: input.Entry}
	for position := range input.Entries {
		entry := &input.Entries[position]
		argv, err := r.settle(entry.ProgramInput, r.where+": execution.entries."+entry.Name, nil)
		if err != nil {
			return format.Execution{}, err
		}
		execution.Entries = append(execution.Entries, format.Entry{Name: entry.Name, Argv: argv})
	}
	isNamed := input.Argv != nil || input.Command != nil
	// Parsers put names that are numbers first, wherever they stand in the text.
	isNumber := func(entry EntryInput) bool { return entry.Name != "" && strings.Trim(entry.Name, "0123456789") == "" }
	if number := slices.IndexFunc(input.Entries, isNumber); number >= 0 && len(input.Entries) > 1 && !isNamed && input.Entry == nil {
		return format.Execution{}, format.Errorf(format.CodeManifestInvalid, "%s: execution.entry: missing, and entries of which one is called %q have no order", r.where, input.Entries[number].Name).
			WithHint("name the default entry in execution.entry")
	}
	if execution.Entry == nil && !isNamed && len(input.Entries) > 0 {
		execution.Entry = &input.Entries[0].Name
	}
	isChosen := func(entry format.Entry) bool { return execution.Entry != nil && *execution.Entry == entry.Name }
	if chosen := slices.IndexFunc(execution.Entries, isChosen); chosen >= 0 && !isNamed {
		execution.Argv = slices.Concat(execution.Entries[chosen].Argv, input.Args)
	} else {
		argv, err := r.settle(input.ProgramInput, r.where+": execution", input.Args)
		if err != nil {
			return format.Execution{}, err
		}
		execution.Argv = argv
	}
	if count := len(r.content.slots); input.PrimarySlot > 0 && input.PrimarySlot >= float64(count) {
		return format.Execution{}, format.Errorf(format.CodeManifestInvalid, "%s: execution.primary_slot: expected a slot below %d, found %.0f", r.where, count, input.PrimarySlot)
	}
	execution.PrimarySlot = uint64(input.PrimarySlot)
	env := Texts{}
	maps.Copy(env, input.Environment)
	maps.Copy(env, input.Env)
	execution.Env = env.pairs()
	return execution, nil
}

func setupCommand(input *SetupInput, key string) (format.SetupCommand, error) {
	command := format.SetupCommand{Kind: format.SetupKind(input.Type)}
	var err error
	switch command.Kind {
	case format.SetupExecute:
		command.Argv, _, err = programWords(input.ProgramInput, key)
	case format.SetupEnumerateAndExecute:
		command.Path, command.Pattern = input.Enumerate.Path, input.Enumerate.Pattern
		if err = insideTree(command.Path, key+".enumerate.path"); err == nil {
			command.Argv, _, err = programWords(input.ProgramInput, key)
		}
	case format.SetupWriteFile:
		command.Path, command.Content, command.Mode = input.Path, input.Content, mode(input.Mode, 0o644)
		err = insideTree(command.Path, key+".path")
	case format.SetupChmod:
		command.Path, command.Mode = input.Path, mode(input.Mode, 0o755)
		err = insideTree(command.Path, key+".path")
	}
	return command, err
}

// checkPlaceholders looks at every text that the launcher fills placeholders in. The content of write_file may hold any braces.
func (r *resolver) checkPlaceholders(manifest *Manifest) error {
	var first error
	check := func(text, key string) {
		if first == nil {
			first = checkPlaceholders(text, r.where+": "+key, len(manifest.Slots))
		}
	}
	checkValues := func(values format.Map, key string) {
		for _, pair := range values {
			check(pair.Value, key+"."+pair.Name)
		}
	}
	for position, word := range manifest.Execution.Argv {
		check(word, fmt.Sprintf("execution.argv[%d]", position))
	}
	for _, entry := range manifest.Execution.Entries {
		for _, word := range entry.Argv {
			check(word, "execution.entries."+entry.Name)
		}
	}
	checkValues(manifest.Execution.Env, "execution.env")
	checkValues(manifest.Workenv.Env, "workenv.env")
	checkValues(manifest.RuntimeEnv.Set, "runtime.env.set")
	for _, directory := range manifest.Workenv.Directories {
		check(directory.Path, "workenv.directories")
	}
	for position, command := range manifest.SetupCommands {
		key := fmt.Sprintf("setup_commands[%d]", position)
		for _, word := range command.Argv {
			check(word, key)
		}
		check(command.Path, key)
	}
	return first
}

var (
	workenvPrefix  = regexp.MustCompile(`^\{workenv\}(/|$)`)
	anyPlaceholder = regexp.MustCompile(`\{[a-z_:0-9]+\}`)
)

// insideTree refuses a path outside the tree; placeholders stand for one harmless component.
//
// Errors: path-unsafe.
func insideTree(path, key string) error {
	path = anyPlaceholder.ReplaceAllString(workenvPrefix.ReplaceAllString(path, ".$1"), "x")
	if _, err := format.CheckTarget(path); err != nil {
		return format.AsError(err).Prefixed(key)
	}
	return nil
}

// mode reads octal digits that the schema has accepted, or gives the default for an absent mode.
func mode(digits string, otherwise uint32) uint32 {
	mode, err := strconv.ParseUint(digits, 8, 32)
	if err != nil {
		return otherwise
	}
	return uint32(mode)
}

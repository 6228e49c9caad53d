package format

import (
	"slices"
	"strings"
)

const sealScope = "package"

// DecodeMetadata reads a document that must be canonical, or that an earlier implementation may have written.
//
// `framingFault` is what is wrong with the gzip framing, if it is not the one of this format: it counts as soon as the document
// announces the seal. Frame lists are checked as JSON and left where they are: only an extraction decodes them.
//
// Errors: metadata-malformed; version-unsupported for a later shape.
func DecodeMetadata(document []byte, framingFault error) (*Metadata, error) {
	metadata, fault := readMetadata(document, Canonical)
	var err error
	if fault != nil {
		metadata, err = readMetadata(document, Lenient)
	}
	// The framing comes before what is in it.
	if framingFault != nil {
		fault = framingFault
	}
	if err != nil || fault != nil && metadata.Sealed {
		return nil, fault
	}
	return metadata, nil
}

// metadataReader reads one document by one set of rules. Long, because it is one table: a method a section of the document, and a
// line a member.
type metadataReader struct {
	*Parser
	document   []byte
	frameBytes int
	metadata   Metadata

	// What only decides whether the document is complete and of a known shape.
	format, version, minimumVersion, scope *string
	hasPackage, hasSlots, hasExecution     bool
	sealRequired, isPinned                 bool
}

func readMetadata(document []byte, rules Rules) (*Metadata, error) {
	parser, err := NewParser(document, rules)
	if err != nil {
		return nil, err
	}
	r := &metadataReader{Parser: parser, document: document}
	if err := r.Object(r.member); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	if r.metadata.Sealed {
		if err := checkSizeWithoutFrames(len(document) - r.frameBytes); err != nil {
			return nil, err
		}
	}
	return &r.metadata, nil
}

func (r *metadataReader) member(key string) error {
	if r.nullFor(key, "cache_validation", "runtime", "setup_commands", "slots", "workenv") {
		r.hasSlots = r.hasSlots || key == "slots"
		return nil
	}
	switch key {
	case "build":
		return r.Object(r.build)
	case "cache_validation":
		return r.Object(func(string) error { return r.Skip() })
	case "compatibility":
		return r.Object(func(key string) error {
			if key == "min_format_version" {
				return r.optionalText(&r.minimumVersion)
			}
			return r.Skip()
		})
	case "execution":
		r.hasExecution = true
		return r.execution()
	case "format":
		return r.optionalText(&r.format)
	case "format_version":
		return r.optionalText(&r.version)
	case "launcher":
		r.metadata.Launcher = &Launcher{}
		return r.Object(r.launcher)
	case "package":
		r.hasPackage = true
		return r.packageInfo()
	case "requirements":
		r.metadata.Requirements = &Requirements{}
		return r.Object(r.requirements)
	case "runtime":
		return r.Object(func(key string) error {
			if key == "env" && !r.nullFor(key, "env") {
				return r.runtimeEnv()
			} else if key == "env" {
				return nil
			}
			return r.Skip()
		})
	case "setup_commands":
		return r.Array(r.setupCommand)
	case "slots":
		r.hasSlots = true
		return r.Array(r.slot)
	case "verification":
		return r.Object(r.verification)
	case "workenv":
		return r.Object(r.workenv)
	}
	return r.Skip()
}

// nullFor consumes a null where earlier builders write one for what is not there; this format has no optional nulls.
func (r *metadataReader) nullFor(key string, optional ...string) bool {
	return r.rules == Lenient && slices.Contains(optional, key) && r.Null()
}

// check looks at the document as a whole, and at what one that announces the seal must say about itself.
func (r *metadataReader) check() error {
	malformed := func(layout string, operands ...any) error {
		return Errorf(CodeMetadataMalformed, "metadata: "+layout, operands...)
	}
	m := &r.metadata
	m.Sealed = r.scope != nil
	if !r.hasPackage || !r.hasSlots || !r.hasExecution {
		return malformed("package, slots or execution is missing")
	}
	if m.Sealed {
		if r.format == nil || r.version == nil {
			return malformed("format or format_version is missing")
		}
		if *r.format != "PSPF/2025" {
			return malformed("format is %q, expected \"PSPF/2025\"", *r.format)
		}
		minimum := "1.0.0"
		if r.minimumVersion != nil {
			minimum = *r.minimumVersion
		}
		if *r.version != "1.0.0" || minimum != "1.0.0" || *r.scope != sealScope {
			return Errorf(CodeVersionUnsupported,
				"metadata: format_version is %q, min_format_version %q, seal scope %q, expected \"1.0.0\", \"1.0.0\" and %q",
				*r.version, minimum, *r.scope, sealScope)
		}
		if m.Verification.Signed != r.sealRequired {
			return malformed("verification.signed and verification.integrity_seal.required differ")
		}
		if m.Launcher == nil || m.Launcher.Size == nil || m.Launcher.Checksum == nil {
			return malformed("launcher.size or launcher.checksum is missing")
		}
		if r.isPinned {
			return Errorf(CodeVersionUnsupported, "metadata: workenv.name is reserved for a later version")
		}
	}
	if m.Execution.Argv == nil && m.Execution.Command == nil {
		return malformed("execution has neither argv nor command")
	}
	return nil
}

func (r *metadataReader) build(key string) error {
	build := &r.metadata.Build
	if r.nullFor(key, "tool_version", "deterministic") {
		return nil
	}
	switch key {
	case "tool":
		return r.text(&build.Tool)
	case "tool_version":
		return r.text(&build.ToolVersion)
	case "timestamp":
		return r.text(&build.Timestamp)
	case "deterministic":
		return r.boolean(&build.Deterministic)
	case "platform":
		return r.Object(func(key string) error {
			switch {
			case r.nullFor(key, "os", "arch"):
				return nil
			case key == "os":
				return r.text(&build.Platform.OS)
			case key == "arch":
				return r.text(&build.Platform.Arch)
			}
			return r.Skip()
		})
	}
	return r.Skip()
}

func (r *metadataReader) packageInfo() error {
	info := &r.metadata.Package
	var hasName, hasVersion bool
	err := r.Object(func(key string) error {
		switch key {
		case "name":
			hasName = true
			return r.text(&info.Name)
		case "version":
			hasVersion = true
			return r.text(&info.Version)
		case "sequence":
			return r.natural(&info.Sequence)
		case "description":
			if r.nullFor(key, "description") {
				return nil
			}
			return r.optionalText(&info.Description)
		}
		return r.Skip()
	})
	if err == nil && !(hasName && hasVersion) {
		return r.Refuse("package.name or package.version is missing")
	}
	return err
}

// slotMembers must all be there in a slot of this format.
var slotMembers = [...]string{"checksum", "id", "lifecycle", "operations", "original_size", "purpose", "size", "target"}

func (r *metadataReader) slot() error {
	var slot SlotEntry
	position := len(r.metadata.Slots)
	number, members := uint64(0), 0
	hasNumber := false
	err := r.Object(func(key string) error {
		if slices.Contains(slotMembers[:], key) {
			members++
		}
		hasNumber = hasNumber || key == "slot"
		return r.slotMember(key, &slot, &number)
	})
	if err != nil {
		return err
	}
	if r.rules == Canonical {
		if !hasNumber || number != uint64(position) || members != len(slotMembers) {
			return r.Refuse("slot %d: a member is missing, or its number is not its position", position)
		}
		if !isSlotID(slot.ID) {
			return r.Refuse("slot %d: id %q is not a valid id", position, slot.ID)
		}
	}
	r.metadata.Slots = append(r.metadata.Slots, slot)
	if len(r.metadata.Slots) > LimitSlots {
		return r.Refuse("more than %d slots", LimitSlots)
	}
	return nil
}

func (r *metadataReader) slotMember(key string, slot *SlotEntry, number *uint64) error {
	if key == "permissions" && r.Null() || r.nullFor(key, "platform") {
		return nil
	}
	switch key {
	case "checksum":
		return r.checksum(&slot.Checksum)
	case "frames":
		return r.frames(&slot.Frames)
	case "id":
		return r.text(&slot.ID)
	case "lifecycle":
		return r.text(&slot.Lifecycle)
	case "operations":
		return r.text(&slot.Operations)
	case "original_size":
		return r.natural(&slot.OriginalSize)
	case "permissions":
		return r.permissions(&slot.Permissions)
	case "platform":
		return r.optionalText(&slot.Platform)
	case "purpose":
		return r.text(&slot.Purpose)
	case "self_ref":
		return r.boolean(&slot.SelfRef)
	case "size":
		return r.natural(&slot.Size)
	case "slot":
		return r.natural(number)
	case "target":
		return r.text(&slot.Target)
	}
	return r.Skip()
}

func isSlotID(id string) bool {
	isOdd := func(char rune) bool { return !isAlphanumeric(char) && !strings.ContainsRune("._-", char) }
	return 1 <= len(id) && len(id) <= 64 && isAlphanumeric(rune(id[0])) && !strings.ContainsFunc(id, isOdd)
}

func (r *metadataReader) frames(list *RawJSON) error {
	start := r.Position()
	if !r.NextIs('[') {
		return r.Refuse("frames must be an array")
	}
	if err := r.Skip(); err != nil {
		return err
	}
	*list = RawJSON(r.document[start:r.Position()])
	r.frameBytes += len(*list)
	return nil
}

func (r *metadataReader) execution() error {
	execution := &r.metadata.Execution
	var env, environment Map
	err := r.Object(func(key string) error {
		if r.nullFor(key, "entry", "env", "environment", "primary_slot") {
			return nil
		}
		switch key {
		case "argv":
			return r.argv(&execution.Argv)
		case "command":
			return r.optionalText(&execution.Command)
		case "entries":
			return r.Object(r.entry)
		case "entry":
			return r.optionalText(&execution.Entry)
		case "env":
			return r.pairs(&env)
		case "environment":
			return r.pairs(&environment)
		case "primary_slot":
			return r.natural(&execution.PrimarySlot)
		}
		return r.Skip()
	})
	// `env` wins: a later value of a name counts.
	execution.Env = env
	if !slices.Equal(environment, env) {
		execution.Env = append(environment, env...)
	}
	return err
}

func (r *metadataReader) entry(name string) error {
	entry := Entry{Name: name}
	err := r.Object(func(key string) error {
		if key == "argv" {
			return r.argv(&entry.Argv)
		}
		return r.Skip()
	})
	if err == nil && entry.Argv == nil {
		return r.Refuse("execution.entries: %q has no argv", name)
	}
	r.metadata.Execution.Entries = append(r.metadata.Execution.Entries, entry)
	return err
}

func (r *metadataReader) runtimeEnv() error {
	env := &r.metadata.RuntimeEnv
	err := r.Object(func(key string) error {
		if r.nullFor(key, "unset", "pass", "map", "set") {
			return nil
		}
		switch key {
		case "unset":
			return r.texts(&env.Unset)
		case "pass":
			return r.texts(&env.Pass)
		case "map":
			return r.pairs(&env.Map)
		case "set":
			return r.pairs(&env.Set)
		}
		return r.Skip()
	})
	// In canonical documents they are sorted already.
	slices.SortFunc(env.Map, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	return err
}

func (r *metadataReader) workenv(key string) error {
	if r.nullFor(key, "directories", "env") {
		return nil
	}
	switch key {
	case "directories":
		return r.Array(r.directory)
	case "env":
		return r.pairs(&r.metadata.Workenv.Env)
	case "name":
		r.isPinned = true
		_, err := r.String()
		return err
	}
	return r.Skip()
}

func (r *metadataReader) directory() error {
	directory := Directory{Mode: 0o700}
	hasPath := false
	err := r.Object(func(key string) error {
		if r.nullFor(key, "mode") {
			return nil
		}
		switch key {
		case "path":
			hasPath = true
			return r.text(&directory.Path)
		case "mode":
			return r.mode(&directory.Mode)
		}
		return r.Skip()
	})
	if err == nil && !hasPath {
		return r.Refuse("a workenv directory has no path")
	}
	r.metadata.Workenv.Directories = append(r.metadata.Workenv.Directories, directory)
	return err
}

func (r *metadataReader) setupCommand() error {
	command := SetupCommand{Kind: SetupExecute, Pattern: "*"}
	if r.NextIs('"') {
		err := r.text(&command.Command)
		r.metadata.SetupCommands = append(r.metadata.SetupCommands, command)
		return err
	}
	var hasCommand, hasPath, hasPlace, hasMode bool
	var place string
	err := r.Object(func(key string) error {
		if r.nullFor(key, "mode") {
			return nil
		}
		switch key {
		case "type":
			var kind string
			err := r.text(&kind)
			command.Kind = SetupKind(kind)
			return err
		case "argv":
			return r.argv(&command.Argv)
		case "command":
			hasCommand = true
			return r.text(&command.Command)
		case "path":
			hasPath = true
			return r.text(&command.Path)
		case "content":
			return r.text(&command.Content)
		case "mode":
			hasMode = true
			return r.mode(&command.Mode)
		case "enumerate":
			return r.Object(func(key string) error {
				switch key {
				case "path":
					hasPlace = true
					return r.text(&place)
				case "pattern":
					return r.text(&command.Pattern)
				}
				return r.Skip()
			})
		}
		return r.Skip()
	})
	if err != nil {
		return err
	}
	missing := ""
	switch command.Kind {
	case SetupExecute, SetupEnumerateAndExecute:
		if command.Argv == nil && !hasCommand {
			missing = "command"
		} else if command.Kind == SetupEnumerateAndExecute && !hasPlace {
			missing = "enumerate.path"
		}
		command.Path = place
	case SetupWriteFile, SetupChmod:
		if !hasPath {
			missing = "path"
		}
		if !hasMode {
			command.Mode = 0o644
			if command.Kind == SetupChmod {
				command.Mode = 0o755
			}
		}
	default:
		return r.Refuse("unknown type of setup command %q", string(command.Kind))
	}
	if missing != "" {
		return r.Refuse("a setup command of type %q has no %s", string(command.Kind), missing)
	}
	r.metadata.SetupCommands = append(r.metadata.SetupCommands, command)
	return nil
}

func (r *metadataReader) verification(key string) error {
	verification := &r.metadata.Verification
	if r.nullFor(key, "integrity_seal") {
		return nil
	}
	switch key {
	case "integrity_seal":
		return r.Object(func(key string) error {
			switch key {
			case "required":
				return r.boolean(&r.sealRequired)
			case "scope":
				return r.optionalText(&r.scope)
			}
			return r.Skip()
		})
	case "key_lifetime":
		return r.oneOf(&verification.KeyLifetime, "build", "publisher")
	case "minimum_level":
		return r.oneOf(&verification.MinimumLevel, ValidationLevels[:]...)
	case "signed":
		return r.boolean(&verification.Signed)
	}
	return r.Skip()
}

func (r *metadataReader) launcher(key string) error {
	launcher := r.metadata.Launcher
	if r.nullFor(key, "platform") {
		return nil
	}
	switch key {
	case "checksum":
		return r.checksum(&launcher.Checksum)
	case "platform":
		return r.text(&launcher.Platform)
	case "size":
		var size uint64
		launcher.Size = &size
		return r.natural(&size)
	case "tool":
		return r.text(&launcher.Tool)
	case "tool_version":
		return r.text(&launcher.ToolVersion)
	}
	return r.Skip()
}

func (r *metadataReader) requirements(key string) error {
	switch key {
	case "libc":
		return r.text(&r.metadata.Requirements.Libc)
	case "libc_version":
		return r.text(&r.metadata.Requirements.LibcVersion)
	}
	return r.Skip()
}

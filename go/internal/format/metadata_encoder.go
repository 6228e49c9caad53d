package format

import (
	"encoding/hex"
	"fmt"
)

// Encode writes the document: canonical JSON.
//
// Errors: metadata-malformed if it is above 1 MiB, above 64 KiB without the frame lists, or holds what canonical JSON does not.
func (m *Metadata) Encode() ([]byte, error) {
	document := Object{
		"format":         "PSPF/2025",
		"format_version": "1.0.0",
		"package":        m.Package.json(),
		"execution":      m.Execution.json(),
		"verification":   m.Verification.json(),
		"build":          m.Build.json(),
		"compatibility":  Object{"min_format_version": "1.0.0", "features": List{}},
	}
	slots, frameBytes := List{}, 0
	for position := range m.Slots {
		slots = append(slots, m.Slots[position].json(position))
		frameBytes += len(m.Slots[position].Frames)
	}
	document["slots"] = slots
	if env := m.RuntimeEnv; env.Unset != nil || env.Pass != nil || env.Map != nil || env.Set != nil {
		document["runtime"] = Object{"env": env.json()}
	}
	if m.Workenv.Directories != nil || m.Workenv.Env != nil {
		document["workenv"] = m.Workenv.json()
	}
	if m.SetupCommands != nil {
		commands := List{}
		for _, command := range m.SetupCommands {
			commands = append(commands, command.json())
		}
		document["setup_commands"] = commands
	}
	if check := m.CacheValidation; check != nil {
		document["cache_validation"] = Object{"check_file": check.CheckFile, "expected_content": check.ExpectedContent}
	}
	if m.Requirements != nil {
		document["requirements"] = m.Requirements.json()
	}
	if m.Launcher != nil {
		document["launcher"] = m.Launcher.json()
	}
	encoded, err := EncodeJSON(document)
	if err != nil {
		return nil, err
	}
	if len(encoded) > LimitMetadataPlainBytes {
		return nil, Errorf(CodeMetadataMalformed, "metadata has %d bytes, more than %d", len(encoded), LimitMetadataPlainBytes)
	}
	if err := checkSizeWithoutFrames(len(encoded) - frameBytes); err != nil {
		return nil, err.WithHint("use fewer slots or put the files of several into one")
	}
	return encoded, nil
}

// checkSizeWithoutFrames is nil or the error of a document that is too long when its frame lists are left out.
func checkSizeWithoutFrames(size int) *Error {
	if size <= LimitMetadataPlainBytesWithoutFrames {
		return nil
	}
	return Errorf(CodeMetadataMalformed, "metadata has %d bytes without its frame lists, more than %d", size, LimitMetadataPlainBytesWithoutFrames)
}

// set puts a member that may be absent.
func (o Object) set(key, value string) {
	if value != "" {
		o[key] = value
	}
}

// setOptional puts a member that may be absent, or there and empty.
func (o Object) setOptional(key string, value *string) {
	if value != nil {
		o[key] = *value
	}
}

func stringsJSON(values []string) List {
	list := make(List, len(values))
	for position, value := range values {
		list[position] = value
	}
	return list
}

func (m Map) json() Object {
	object := Object{}
	for _, pair := range m {
		object[pair.Name] = pair.Value
	}
	return object
}

func digestJSON(digest *[32]byte) string {
	if digest == nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(digest[:])
}

func modeJSON(mode uint32) string {
	return fmt.Sprintf("%04o", mode)
}

func (p *PackageInfo) json() Object {
	object := Object{"name": p.Name, "version": p.Version, "sequence": int64(p.Sequence)}
	object.setOptional("description", p.Description)
	return object
}

func (s *SlotEntry) json(position int) Object {
	object := Object{
		"slot":          int64(position),
		"id":            s.ID,
		"source":        s.ID,
		"target":        s.Target,
		"size":          int64(s.Size),
		"original_size": int64(s.OriginalSize),
		"checksum":      digestJSON(s.Checksum),
		"operations":    s.Operations,
		"purpose":       s.Purpose,
		"lifecycle":     s.Lifecycle,
		"permissions":   nil,
		"resolution":    "build",
	}
	if s.Permissions != nil {
		object["permissions"] = modeJSON(uint32(*s.Permissions))
	}
	object.setOptional("platform", s.Platform)
	if s.Frames != nil {
		object["frames"] = s.Frames
	}
	return object
}

func (e *Execution) json() Object {
	object := Object{
		"argv":         stringsJSON(e.Argv),
		"command":      QuoteCommand(e.Argv),
		"env":          e.Env.json(),
		"environment":  e.Env.json(),
		"primary_slot": int64(e.PrimarySlot),
	}
	object.setOptional("entry", e.Entry)
	if e.Entries != nil {
		entries := Object{}
		for _, entry := range e.Entries {
			entries[entry.Name] = Object{"argv": stringsJSON(entry.Argv)}
		}
		object["entries"] = entries
	}
	return object
}

func (e *RuntimeEnv) json() Object {
	object := Object{}
	if len(e.Unset) > 0 {
		object["unset"] = stringsJSON(e.Unset)
	}
	if len(e.Pass) > 0 {
		object["pass"] = stringsJSON(e.Pass)
	}
	if len(e.Map) > 0 {
		object["map"] = e.Map.json()
	}
	if len(e.Set) > 0 {
		object["set"] = e.Set.json()
	}
	return object
}

func (w *Workenv) json() Object {
	object := Object{}
	if len(w.Directories) > 0 {
		directories := List{}
		for _, directory := range w.Directories {
			directories = append(directories, Object{"path": directory.Path, "mode": modeJSON(directory.Mode)})
		}
		object["directories"] = directories
	}
	if w.Env != nil {
		object["env"] = w.Env.json()
	}
	return object
}

func (c *SetupCommand) json() Object {
	object := Object{"type": string(c.Kind)}
	switch c.Kind {
	case SetupExecute:
		object["argv"] = stringsJSON(c.Argv)
	case SetupEnumerateAndExecute:
		object["argv"] = stringsJSON(c.Argv)
		object["enumerate"] = Object{"path": c.Path, "pattern": c.Pattern}
	case SetupWriteFile:
		object["path"], object["content"], object["mode"] = c.Path, c.Content, modeJSON(c.Mode)
	case SetupChmod:
		object["path"], object["mode"] = c.Path, modeJSON(c.Mode)
	}
	return object
}

func (v *Verification) json() Object {
	object := Object{
		"integrity_seal":       Object{"algorithm": "ed25519", "required": v.Signed, "scope": sealScope},
		"signed":               v.Signed,
		"require_verification": v.Signed,
	}
	object.set("minimum_level", v.MinimumLevel)
	object.set("key_lifetime", v.KeyLifetime)
	return object
}

func (l *Launcher) json() Object {
	object := Object{"tool": l.Tool, "tool_version": l.ToolVersion, "checksum": digestJSON(l.Checksum), "capabilities": List{}}
	if l.Size != nil {
		object["size"] = int64(*l.Size)
	}
	object.set("platform", l.Platform)
	return object
}

func (b *Build) json() Object {
	return Object{
		"tool":          b.Tool,
		"tool_version":  b.ToolVersion,
		"timestamp":     b.Timestamp,
		"deterministic": b.Deterministic,
		"platform":      Object{"os": b.Platform.OS, "arch": b.Platform.Arch, "host": b.Platform.OS + "/" + b.Platform.Arch},
	}
}

func (r *Requirements) json() Object {
	object := Object{}
	object.set("libc", r.Libc)
	object.set("libc_version", r.LibcVersion)
	return object
}

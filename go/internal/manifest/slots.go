package manifest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"flavorpack/internal/format"
)

// wheelPurpose marks the slot that becomes the package's wheel.
const wheelPurpose = "wheel"

// resolveSlots turns slots as written into slots as built: sources found, defaults filled in, targets and ids held to the
// launcher's rules. base is the absolute folder that relative sources, and {workenv} in them, start at.
//
// Errors: file-missing, file-unreadable, path-unsafe, operation-unknown, operation-unsupported, entry-conflict, manifest-invalid,
// each naming the slot.
func resolveSlots(inputs []SlotInput, base, where string) ([]Slot, error) {
	slots := make([]Slot, 0, len(inputs))
	ids := map[string]bool{}
	for position, input := range inputs {
		key := where + ": slots[" + strconv.Itoa(position) + "] (" + quoted(input.ID) + ")"
		if input.Slot != nil && *input.Slot != float64(position) {
			return nil, format.Errorf(format.CodeManifestInvalid, "%s.slot: expected %d, its position, found %.0f", key, position, *input.Slot)
		}
		if ids[input.ID] {
			return nil, format.Errorf(format.CodeManifestInvalid, "%s: two slots have this id", key)
		}
		ids[input.ID] = true
		slot, err := resolveSlot(input, base, key)
		if err != nil {
			return nil, err
		}
		if slot.IsWheel() {
			if err := checkWheel(&slot, position == len(inputs)-1, key); err != nil {
				return nil, err
			}
		}
		slots = append(slots, slot)
	}
	return slots, checkTargets(slots, where)
}

func checkTargets(slots []Slot, where string) error {
	targets := map[string]string{}
	for _, slot := range slots {
		if slot.Operations.IsArchive() {
			continue
		}
		if other, taken := targets[slot.Target]; taken {
			return format.Errorf(format.CodeEntryConflict, "%s: slots %s and %s have the target %s", where, other, slot.ID, slot.Target)
		}
		targets[slot.Target] = slot.ID
	}
	return nil
}

func resolveSlot(input SlotInput, base, key string) (Slot, error) {
	if strings.HasPrefix(input.Source, "$SELF") {
		return Slot{}, format.Errorf(format.CodeManifestInvalid, "%s.source: $SELF (the launcher as a slot) is not supported", key)
	}
	source := resolveSource(input.Source, base)
	isFolder, err := sourceIsFolder(source, key)
	if err != nil {
		return Slot{}, err
	}
	operations, err := slotOperations(input.Operations, isFolder, key)
	if err != nil {
		return Slot{}, err
	}
	target := input.Target
	if target == "" {
		target = "."
		if !operations.IsArchive() {
			target = filepath.Base(source)
		}
	}
	target, err = format.CheckTarget(target)
	if err != nil {
		return Slot{}, format.AsError(err).Prefixed(key + ".target")
	}
	if target == "." && !operations.IsArchive() {
		return Slot{}, format.Errorf(format.CodeManifestInvalid, "%s.target: a single file needs a name, found the workenv itself", key)
	}
	slot := Slot{ID: input.ID, Source: source, Target: target, Operations: operations, Purpose: input.Purpose, Lifecycle: input.Lifecycle}
	if slot.Purpose == "" {
		slot.Purpose = "data"
	}
	if slot.Lifecycle == "" {
		slot.Lifecycle = "runtime"
		if slot.IsWheel() {
			slot.Lifecycle = "lazy"
		}
	}
	if canonical, isSpelling := format.LifecycleSpelling(slot.Lifecycle); isSpelling {
		slot.Lifecycle = canonical
	}
	if input.Permissions != "" {
		mode, err := strconv.ParseUint(input.Permissions, 8, 16)
		if err != nil {
			return Slot{}, format.Errorf(format.CodeManifestInvalid, "%s.permissions: %w", key, err)
		}
		permissions := uint16(mode)
		slot.Permissions = &permissions
	}
	if input.Platform != "" && input.Platform != "any" {
		slot.Platform = &input.Platform
	}
	return slot, nil
}

// resolveSource gives the absolute path of a source.
func resolveSource(source, base string) string {
	if below, isBelow := strings.CutPrefix(source, "{workenv}"); isBelow && (below == "" || below[0] == '/') {
		source = "." + below
	}
	source = filepath.FromSlash(source)
	if filepath.IsAbs(source) {
		return filepath.Clean(source)
	}
	return filepath.Join(base, source)
}

// checkWheel holds a wheel slot to spec/pspf-2025.md, "The wheel slot".
func checkWheel(slot *Slot, isLast bool, key string) error {
	switch {
	case !isLast:
		return format.Errorf(format.CodeManifestInvalid, "%s.purpose: %q is for the last slot: the wheel ends where the package's trailer begins", key, wheelPurpose)
	case len(slot.Operations) > 0:
		return format.Errorf(format.CodeManifestInvalid, "%s.operations: a wheel is stored raw, found %q", key, slot.Operations.Canonical())
	case slot.Lifecycle != "lazy":
		return format.Errorf(format.CodeManifestInvalid, "%s.lifecycle: a wheel is lazy, found %q", key, slot.Lifecycle)
	}
	return nil
}

// slotOperations is the chain asked for; absent, a folder becomes tar.zst and a file stays as it is.
func slotOperations(text *string, isFolder bool, key string) (format.Chain, error) {
	if text == nil {
		if isFolder {
			return format.Chain{format.OperationTar, format.OperationZstd}, nil
		}
		return nil, nil
	}
	chain, err := format.ParseChain(*text)
	if err != nil {
		return nil, format.AsError(err).Prefixed(key + ".operations")
	}
	if isFolder && !chain.IsArchive() {
		return nil, format.Errorf(format.CodeManifestInvalid, "%s.operations: %s makes no archive, but the source is a folder", key, quoted(*text)).WithHint("use tar, tar.gz or tar.zst")
	}
	return chain, nil
}

func sourceIsFolder(source, key string) (bool, error) {
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return false, format.Errorf(format.CodeFileMissing, "%s.source: %s does not exist", key, source)
	case err != nil:
		return false, format.Errorf(format.CodeFileUnreadable, "%s.source: %s cannot be read: %w", key, source, err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return false, format.Errorf(format.CodeFileUnreadable, "%s.source: %s is neither a file nor a folder", key, source)
	}
	return info.IsDir(), nil
}

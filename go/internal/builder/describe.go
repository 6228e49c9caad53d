package builder

import (
	"time"

	"flavorpack/internal/format"
)

// describe gives the metadata that a package carries.
//
// Source: spec/metadata.md, "Document".
func describe(request *Request, slots []builtSlot) (format.Metadata, error) {
	source, launcher := request.Manifest, request.Launcher
	metadata := format.Metadata{
		Sealed:          true,
		Package:         source.Package,
		Execution:       source.Execution,
		RuntimeEnv:      source.RuntimeEnv,
		Workenv:         source.Workenv,
		SetupCommands:   source.SetupCommands,
		CacheValidation: source.CacheValidation,
		Requirements:    source.Requirements,
		Verification:    format.Verification{MinimumLevel: source.MinimumLevel},
		Build: format.Build{
			Tool:        "flavorpack",
			ToolVersion: format.Version,
			Timestamp:   timestamp(format.DefaultMtimeSeconds),
			Platform:    launcher.Target,
		},
		Launcher: describeLauncher(launcher),
	}
	if epoch := request.SourceDateEpoch; epoch != nil {
		metadata.Build.Timestamp = timestamp(int64(*epoch))
		if metadata.Package.Sequence == 0 {
			metadata.Package.Sequence = *epoch
		}
	}
	if signer := request.Signer; signer != nil {
		metadata.Verification.Signed = true
		metadata.Verification.KeyLifetime = signer.Lifetime
		metadata.Build.Deterministic = signer.Lifetime == lifetimePublisher
	}
	for position := range slots {
		entry, err := describeSlot(&slots[position])
		if err != nil {
			return metadata, err
		}
		metadata.Slots = append(metadata.Slots, entry)
	}
	return metadata, nil
}

func timestamp(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

func describeLauncher(launcher *Launcher) *format.Launcher {
	size := uint64(launcher.size)
	described := &format.Launcher{Tool: launcher.Tool(), ToolVersion: launcher.Version(), Size: &size, Checksum: &launcher.sha256}
	if launcher.marker != nil {
		described.Platform = launcher.marker.Platform
	}
	return described
}

func describeSlot(slot *builtSlot) (format.SlotEntry, error) {
	blob := &slot.blob
	entry := format.SlotEntry{
		ID:           slot.ID,
		Target:       slot.Target,
		Size:         uint64(blob.content.size),
		OriginalSize: uint64(blob.originalSize),
		Checksum:     &blob.content.sha256,
		Operations:   slot.Operations.Canonical(),
		Purpose:      slot.Purpose,
		Lifecycle:    slot.Lifecycle,
		Platform:     slot.Platform,
	}
	// The mode is that of a single file: for an archive nobody reads what a manifest gives.
	if blob.mode != 0 {
		entry.Permissions = &blob.mode
		if slot.Permissions != nil {
			entry.Permissions = slot.Permissions
		}
	}
	if len(blob.frames) > 0 {
		frames, err := format.EncodeFrames(blob.frames)
		if err != nil {
			return entry, err
		}
		entry.Frames = frames
	}
	return entry, nil
}

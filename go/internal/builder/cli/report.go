package cli

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"flavorpack/internal/format"
	"flavorpack/internal/log"
)

// report tells what came of a build: talk on stderr, with --json the result on stdout.
type report struct {
	stdout, stderr *os.File
	log            *log.Log
	isJSON         bool
}

func (r *report) help(o *options) {
	fmt.Fprintf(r.stdout, "flavor-go-builder --manifest FILE --output FILE [OPTIONS]\n\n%s\nSpecification: spec/builder.md, spec/manifest.md\n", o.flags().FlagUsages())
}

func (r *report) version() {
	fmt.Fprintln(r.stdout, versionLine())
}

// failure tells an error and gives its exit status.
func (r *report) failure(err error) int {
	fault := *format.AsError(err)
	// A library's words may span lines.
	fault.Message = strings.Join(strings.FieldsFunc(fault.Message, func(char rune) bool { return char == '\n' }), "; ")
	if r.isJSON {
		members := format.Object{"code": string(fault.Code), "message": text(fault.Message)}
		if fault.Hint != "" {
			members["hint"] = text(fault.Hint)
		}
		r.document(format.Object{"error": members})
	}
	r.log.Error(&fault)
	return fault.Code.Exit()
}

func (r *report) success(built *outcome) {
	if r.isJSON {
		r.document(built.json())
		return
	}
	if r.log.AllowsProgress() {
		fmt.Fprintln(r.stderr, log.Visible(built.output+": "+built.summary()))
	}
}

// document writes one JSON document on stdout.
func (r *report) document(value format.Object) {
	encoded, err := format.EncodeJSON(value)
	if err != nil {
		r.log.Error(format.AsError(err))
		return
	}
	fmt.Fprintf(r.stdout, "%s\n", encoded)
}

// text is what may be no UTF-8, such as a path, as JSON holds it.
func text(value string) string {
	return strings.ToValidUTF8(value, "\ufffd")
}

func (o *outcome) json() format.Object {
	slots := format.List{}
	for _, slot := range o.Metadata.Slots {
		slots = append(slots, format.Object{
			"id":            slot.ID,
			"operations":    slot.Operations,
			"original_size": int64(slot.OriginalSize),
			"size":          int64(slot.Size),
		})
	}
	document := format.Object{
		"launcher": format.Object{
			"name":     o.launcher.Tool(),
			"path":     text(o.launcher.Path),
			"size":     o.launcher.Size(),
			"stripped": o.launcher.Stripped,
			"version":  o.launcher.Version(),
		},
		"output":     text(o.output),
		"package_id": hex.EncodeToString(o.PackageID[:]),
		"platform":   o.launcher.Target.String(),
		"sha256":     hex.EncodeToString(o.SHA256[:]),
		"size":       o.Size,
		"slots":      slots,
		"verified":   o.isVerified,
	}
	if o.signer != nil {
		document["key_id"] = format.KeyID(o.signer.PublicKey())
		document["key_lifetime"] = o.signer.Lifetime
	}
	return document
}

// summary is one line for people.
func (o *outcome) summary() string {
	parts := []string{fmt.Sprintf("%.1f MB", float64(o.Size)/1e6), fmt.Sprintf("%d slots", len(o.Metadata.Slots)), o.launcher.Target.String()}
	if o.isStripped && o.launcher.Stripped > 0 {
		parts = append(parts, fmt.Sprintf("%d bytes stripped", o.launcher.Stripped))
	} else if o.isStripped {
		parts = append(parts, "nothing to strip")
	}
	if o.signer == nil {
		parts = append(parts, "unsigned")
	} else {
		parts = append(parts, "signed by "+format.KeyID(o.signer.PublicKey()))
	}
	if o.isVerified {
		parts = append(parts, "verified")
	}
	return strings.Join(parts, ", ")
}

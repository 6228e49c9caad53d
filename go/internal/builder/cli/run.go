package cli

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"flavorpack/internal/builder"
	"flavorpack/internal/cacheroot"
	"flavorpack/internal/format"
	"flavorpack/internal/log"
	"flavorpack/internal/manifest"
)

// Run is the program: it builds what the arguments ask for, tells what came of it, and gives the exit status.
func Run(arguments []string, environment func(string) string, stdout, stderr *os.File) int {
	options, err := parse(arguments, environment)
	report := &report{stdout: stdout, stderr: stderr, log: log.New(stderr, options.logLevel), isJSON: options.json || slices.Contains(arguments, "--json")}
	switch {
	case err != nil:
		return report.failure(err)
	case options.help:
		report.help(options)
		return format.ExitOk
	case options.version:
		report.version()
		return format.ExitOk
	}
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	defer stop()
	progress := newProgress(stderr, report.log)
	built, err := build(ctx, options, environment, report, progress)
	progress.end()
	if err != nil {
		return report.failure(err)
	}
	report.success(built)
	return format.ExitOk
}

// endingSignals are those that end a build. A hangup that whoever started the program ignores (nohup) stays ignored.
func endingSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// outcome is what success tells.
type outcome struct {
	*builder.Result
	output     string
	launcher   *builder.Launcher
	signer     *builder.Signer
	isStripped bool
	isVerified bool
}

// build resolves the options and builds.
func build(ctx context.Context, o *options, environment func(string) string, report *report, progress *progress) (*outcome, error) {
	epoch, err := sourceDateEpoch(environment("SOURCE_DATE_EPOCH"))
	if err != nil {
		return nil, err
	}
	signer, err := o.signer(report)
	if err != nil {
		return nil, err
	}
	base, err := filepath.Abs(o.workenvBase)
	if err != nil {
		return nil, format.Errorf(format.CodeIoError, "no working directory: %w", err)
	}
	source, warnings, err := manifest.Read(o.manifest, base)
	for _, warning := range warnings {
		report.log.Say(log.Warn, warning)
	}
	if err != nil {
		return nil, err
	}
	launcher, err := o.findLauncher(environment)
	if err != nil {
		return nil, err
	}
	output, err := filepath.Abs(o.output)
	if err != nil {
		return nil, format.Errorf(format.CodeIoError, "no working directory: %w", err)
	}
	if err := builder.CheckOutput(output, o.force); err != nil {
		return nil, err
	}
	inputs := []string{o.manifest, o.privateKey, launcher.Path}
	for _, slot := range source.Slots {
		inputs = append(inputs, slot.Source)
	}
	if err := builder.CheckNotInput(output, inputs...); err != nil {
		return nil, err
	}
	result, err := builder.Build(ctx, builder.Request{
		Manifest:        source,
		Launcher:        launcher,
		Signer:          signer,
		SourceDateEpoch: epoch,
		Compression:     builder.Compression(o.compression),
		Output:          output,
		Verify:          !o.noVerify,
		Progress:        progress,
	})
	if err != nil {
		return nil, err
	}
	return &outcome{Result: result, output: output, launcher: launcher, signer: signer, isStripped: o.strip, isVerified: !o.noVerify}, nil
}

// latestMtime is the largest modification time, in seconds, that eleven octal digits hold.
const latestMtime = 1<<33 - 1

var epochDigits = regexp.MustCompile(`^[0-9]{1,11}$`)

// sourceDateEpoch reads SOURCE_DATE_EPOCH; nil when it is empty.
//
// Errors: usage for a value that is no number of seconds that an archive can hold.
func sourceDateEpoch(text string) (*uint64, error) {
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err != nil || !epochDigits.MatchString(text) || seconds > latestMtime {
		return nil, format.Errorf(format.CodeUsage, "SOURCE_DATE_EPOCH: expected seconds since 1970, found %q", text)
	}
	return &seconds, nil
}

// signer gives the key that was asked for; nil for an unsigned package.
func (o *options) signer(report *report) (*builder.Signer, error) {
	if o.unsigned {
		report.log.Say(log.Warn, "the package will be unsigned: nobody can tell whether it was changed")
		return nil, nil
	}
	signer, err := o.anySigner()
	if err != nil || o.publicKey == "" {
		return signer, err
	}
	expected, err := builder.ReadPublicKey(o.publicKey)
	if err == nil && expected != signer.PublicKey() {
		err = format.Errorf(format.CodeKeyInvalid, "the key that signs is %s, --public-key is %s", format.KeyID(signer.PublicKey()), format.KeyID(expected))
	}
	return signer, err
}

func (o *options) anySigner() (*builder.Signer, error) {
	switch {
	case o.privateKey != "":
		return builder.FileSigner(o.privateKey)
	case o.hasSeed:
		return builder.SeedSigner(o.keySeed)
	default:
		return builder.EphemeralSigner()
	}
}

func (o *options) findLauncher(environment func(string) string) (*builder.Launcher, error) {
	request := builder.LauncherRequest{Given: o.launcher, Strip: o.strip, Folders: launcherFolders(environment)}
	if o.target != "" {
		target, err := format.ParsePlatform(o.target)
		if err != nil {
			return nil, err
		}
		request.Target = &target
	}
	return builder.FindLauncher(request)
}

// launcherFolders are where launchers are searched by name. Source: spec/builder.md, "Where a launcher is searched".
func launcherFolders(environment func(string) string) []string {
	folders := []string{}
	if self, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(self))
	}
	if local, err := filepath.Abs(filepath.Join("dist", "bin")); err == nil {
		folders = append(folders, local)
	}
	// What a launcher does when it cannot write there does not matter to a search.
	root := cacheroot.Explicit(environment)
	if root == "" {
		root = cacheroot.Own(environment)
	}
	if root != "" {
		folders = append(folders, filepath.Join(root, "helpers", format.Version))
	}
	return folders
}

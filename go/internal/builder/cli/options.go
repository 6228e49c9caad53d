package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"flavorpack/internal/builder"
	"flavorpack/internal/format"
)

// options are what was typed.
type options struct {
	manifest    string
	output      string
	launcher    string
	target      string
	keySeed     string
	privateKey  string
	publicKey   string
	workenvBase string
	compression string
	logLevel    string
	hasSeed     bool
	strip       bool
	unsigned    bool
	noVerify    bool
	force       bool
	json        bool
	version     bool
	help        bool
}

// flags declares the options, in the order of the help. pflag (BSD-3-Clause) reads them as the other builders do: the standard
// library takes `-manifest` for `--manifest`, and knows no short names beside long ones.
func (o *options) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("flavor-go-builder", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.StringVarP(&o.manifest, "manifest", "m", "", "builder manifest, `FILE`.toml or FILE.json (required)")
	flags.StringVarP(&o.output, "output", "o", "", "the package, a `FILE` (required)")
	flags.StringVar(&o.launcher, "launcher", "", "launcher, a `FILE` or a name: flavor-rs-launcher, flavor-go-launcher [FLAVOR_LAUNCHER_BIN]; also --launcher-bin")
	flags.StringVar(&o.target, "target", "", "`PLATFORM` of the package, such as linux_amd64")
	flags.BoolVar(&o.strip, "strip", false, "drop what an ELF launcher does not need at run time")
	flags.StringVar(&o.keySeed, "key-seed", "", "sign with the key of this `TEXT`; env: of FLAVOR_KEY_SEED")
	flags.StringVar(&o.privateKey, "private-key", "", "sign with this PKCS#8 PEM key, a `FILE`")
	flags.StringVar(&o.publicKey, "public-key", "", "the `KEY` that is expected to sign: a file (PEM, OpenSSH) or 64 hex digits")
	flags.BoolVar(&o.unsigned, "unsigned", false, "do not sign")
	flags.StringVar(&o.workenvBase, "workenv-base", "", "the folder, a `DIR`, that relative sources start at [FLAVOR_WORKENV_BASE]")
	flags.StringVar(&o.compression, "compression", string(builder.CompressionDefault), "`LEVEL` of what is compressed: fast, default, best")
	flags.BoolVar(&o.noVerify, "no-verify", false, "do not verify the result before it gets its name")
	flags.BoolVar(&o.force, "force", false, "replace an existing output")
	flags.StringVar(&o.logLevel, "log-level", "", "`LEVEL` of messages: trace, debug, info, warn, error, off, json [FLAVOR_LOG_LEVEL]")
	flags.BoolVar(&o.json, "json", false, "the result, or the error, as one JSON document on stdout")
	flags.BoolVar(&o.version, "version", false, "name, version and platform")
	flags.BoolVarP(&o.help, "help", "h", false, "this list")
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.Replace(name, "launcher-bin", "launcher", 1))
	})
	return flags
}

// parse reads the arguments; environment gives the value of a variable.
//
// Errors: usage.
func parse(arguments []string, environment func(string) string) (*options, error) {
	o := &options{}
	flags := o.flags()
	if err := flags.Parse(arguments); err != nil {
		return o, usage("%s", err)
	}
	if o.help || o.version {
		return o, nil
	}
	if flags.NArg() > 0 {
		return o, usage("unexpected argument %q", flags.Arg(0))
	}
	for _, name := range []string{"manifest", "output", "private-key", "public-key", "launcher", "workenv-base"} {
		if flags.Changed(name) && flags.Lookup(name).Value.String() == "" {
			return o, usage("--%s is empty", name)
		}
	}
	for _, name := range []string{"manifest", "output"} {
		if !flags.Changed(name) {
			return o, usage("--%s is required", name)
		}
	}
	var keys []string
	for _, name := range []string{"key-seed", "private-key", "unsigned"} {
		if flags.Changed(name) {
			keys = append(keys, "--"+name)
		}
	}
	if len(keys) > 1 {
		return o, usage("%s exclude each other", strings.Join(keys, " and "))
	}
	o.hasSeed = flags.Changed("key-seed")
	if o.publicKey != "" && o.privateKey == "" && !o.hasSeed {
		return o, usage("--public-key needs --private-key or --key-seed")
	}
	return o, o.complete(environment)
}

// complete fills in what stands in the environment, and holds words to those that exist.
func (o *options) complete(environment func(string) string) error {
	for option, variable := range map[*string]string{&o.launcher: "FLAVOR_LAUNCHER_BIN", &o.workenvBase: "FLAVOR_WORKENV_BASE", &o.logLevel: "FLAVOR_LOG_LEVEL"} {
		if *option == "" {
			*option = environment(variable)
		}
	}
	switch builder.Compression(o.compression) {
	case builder.CompressionFast, builder.CompressionDefault, builder.CompressionBest:
	default:
		return usage("--compression: expected fast, default or best, found %q", o.compression)
	}
	if o.target != "" {
		if _, err := format.ParsePlatform(o.target); err != nil {
			return err
		}
	}
	if o.keySeed == "env" {
		if o.keySeed = environment("FLAVOR_KEY_SEED"); o.keySeed == "" {
			return format.Errorf(format.CodeKeyInvalid, "--key-seed env: FLAVOR_KEY_SEED is not set")
		}
	}
	return nil
}

func usage(layout string, operands ...any) error {
	return format.Errorf(format.CodeUsage, layout, operands...).WithHint("flavor-go-builder --help lists the options")
}

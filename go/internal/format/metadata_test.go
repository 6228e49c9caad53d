package format

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// example is the document of spec/metadata.md, which is what builders write.
func example(t testing.TB) string {
	t.Helper()
	spec, err := os.ReadFile("../../../spec/metadata.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(spec), "```json metadata\n")
	document, _, found := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("spec/metadata.md has no example")
	}
	return document
}

func TestTheExampleOfTheSpecificationIsReadAndWrittenBack(t *testing.T) {
	document := example(t)
	metadata, err := DecodeMetadata([]byte(document), nil)
	if err != nil {
		t.Fatal(err)
	}
	slot := metadata.Slots[0]
	if !metadata.Sealed || metadata.Package.Name != "hello" || slot.Target != "hello.sh" || *slot.Permissions != 0o755 || slot.Checksum[0] != 0x60 {
		t.Errorf("%+v", metadata)
	}
	if encoded, err := metadata.Encode(); err != nil || string(encoded) != document {
		t.Errorf("written back as %s, %v", encoded, err)
	}
}

func TestEveryMemberIsReadAndWrittenBack(t *testing.T) {
	document := example(t)
	for _, change := range [][2]string{
		{`"name":"hello","sequence":0`, `"description":"","name":"hello","sequence":7`},
		{`"env":{},"environment":{}`, `"entries":{"a":{"argv":["x"]},"b":{"argv":["y","z"]}},"entry":"a","env":{"A":"1","B":""},"environment":{"A":"1","B":""}`},
		{`,"slots":[`, `,"requirements":{"libc":"glibc","libc_version":"2.35"},"runtime":{"env":{"map":{"O":"N"},"pass":["P"],"set":{"S":"1"},"unset":["U*"]}},` +
			`"setup_commands":[{"argv":["a"],"type":"execute"},{"argv":["b"],"enumerate":{"path":"p","pattern":"*.c"},"type":"enumerate_and_execute"},` +
			`{"content":"x","mode":"0600","path":"p","type":"write_file"},{"mode":"0755","path":"p","type":"chmod"}],"slots":[`},
		{`"id":"script",`, `"frames":[{"first":0,"offset":0,"plain":512,"sha256":"` + strings.Repeat("ab", 32) + `","size":9}],"id":"script",`},
		{`"permissions":"0755","purpose"`, `"permissions":null,"platform":"linux","purpose"`},
		{`"key_lifetime":"publisher",`, `"key_lifetime":"build","minimum_level":"strict",`},
		{`"signed":true}}`, `"signed":true},"workenv":{"directories":[{"mode":"0700","path":"{workenv}/d"}],"env":{}}}`},
	} {
		changed := strings.Replace(document, change[0], change[1], 1)
		if changed == document {
			t.Fatalf("the example has no %s", change[0])
		}
		document = changed
	}
	metadata, err := DecodeMetadata([]byte(document), nil)
	if err != nil {
		t.Fatal(err)
	}
	if encoded, err := metadata.Encode(); err != nil || string(encoded) != document {
		t.Errorf("\n%s\nis written back as\n%s\n%v", document, encoded, err)
	}
}

func TestDocumentsThatMayNotBe(t *testing.T) {
	for _, test := range []struct {
		from, to string
		code     ErrorCode
	}{
		{`"PSPF/2025"`, `"PSPF/2026"`, CodeMetadataMalformed},
		{`"format":"PSPF/2025",`, ``, CodeMetadataMalformed},
		{`"format_version":"1.0.0",`, ``, CodeMetadataMalformed},
		{`"format_version":"1.0.0"`, `"format_version":"2.0.0"`, CodeVersionUnsupported},
		{`"min_format_version":"1.0.0"`, `"min_format_version":"1.1.0"`, CodeVersionUnsupported},
		{`"min_format_version":"1.0.0"`, `"min_format_version":""`, CodeVersionUnsupported},
		{`"scope":"package"`, `"scope":"galaxy"`, CodeVersionUnsupported},
		{`"signed":true}}`, `"signed":true},"workenv":{"name":"pinned"}}`, CodeVersionUnsupported},
		{`:{"deterministic"`, `: {"deterministic"`, CodeMetadataMalformed},
		{`"id":"script"`, `"id":"../script"`, CodeMetadataMalformed},
		{`"id":"script"`, `"id":""`, CodeMetadataMalformed},
		{`"slot":0`, `"slot":1`, CodeMetadataMalformed},
		{`"slot":0,`, ``, CodeMetadataMalformed},
		{`"size":27`, `"size":-1`, CodeMetadataMalformed},
		{`"size":27`, `"size":null`, CodeMetadataMalformed},
		{`"0755"`, `"755"`, CodeMetadataMalformed},
		{`"0755"`, `"0788"`, CodeMetadataMalformed},
		{`sha256:6030`, `sha256:603`, CodeMetadataMalformed},
		{`sha256:6030`, `sha256:603A`, CodeMetadataMalformed},
		{`"argv":["/bin/sh","{workenv}/hello.sh"]`, `"argv":[]`, CodeMetadataMalformed},
		{`"argv":["/bin/sh","{workenv}/hello.sh"]`, `"argv":[1]`, CodeMetadataMalformed},
		{`"env":{}`, `"env":null`, CodeMetadataMalformed},
		{`"name":"hello",`, ``, CodeMetadataMalformed},
		{`"required":true`, `"required":false`, CodeMetadataMalformed},
		{`"size":946776,`, ``, CodeMetadataMalformed},
		{`"key_lifetime":"publisher"`, `"key_lifetime":"ever"`, CodeMetadataMalformed},
	} {
		document := strings.Replace(example(t), test.from, test.to, 1)
		if document == example(t) {
			t.Errorf("the example has no %s", test.from)
		}
		if _, err := DecodeMetadata([]byte(document), nil); codeOf(err) != test.code {
			t.Errorf("%s -> %s: %v, expected %s", test.from, test.to, err, test.code)
		}
	}
}

func TestEarlierDocumentsAreReadFreely(t *testing.T) {
	document := `{"slots": null, "package": {"version": "1", "name": "x"}, "execution": {"command": "run it", "env": null, "environment": {"B": "2", "A": "1"}},` +
		` "workenv": null, "verification": {"integrity_seal": {"required": true}}, "build": {"deterministic": null}}`
	metadata, err := DecodeMetadata([]byte(document), Errorf(CodeMetadataMalformed, "framing"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := Map{{"B", "2"}, {"A", "1"}}
	if metadata.Sealed || *metadata.Execution.Command != "run it" || !slices.Equal(metadata.Execution.Env, wanted) {
		t.Errorf("%+v", metadata)
	}
	if _, err := DecodeMetadata([]byte(example(t)), Errorf(CodeMetadataMalformed, "framing")); codeOf(err) != CodeMetadataMalformed {
		t.Errorf("a sealed document in another framing: %v", err)
	}
}

func TestTheDocumentIsBoundedWithoutItsFrameLists(t *testing.T) {
	padded := func(size int) []byte {
		return []byte(strings.Replace(example(t), `"name":"hello"`, `"name":"`+strings.Repeat("x", size)+`"`, 1))
	}
	if _, err := DecodeMetadata(padded(60000), nil); err != nil {
		t.Errorf("%v", err)
	}
	if _, err := DecodeMetadata(padded(65536), nil); codeOf(err) != CodeMetadataMalformed {
		t.Errorf("%v", err)
	}
	frame := fmt.Sprintf(`{"first":null,"offset":0,"plain":512,"sha256":"%064d","size":9}`, 0)
	frames := `"frames":[` + strings.TrimSuffix(strings.Repeat(frame+",", 1000), ",") + `],"id":"script"`
	if _, err := DecodeMetadata([]byte(strings.Replace(example(t), `"id":"script"`, frames, 1)), nil); err != nil {
		t.Errorf("%v", err)
	}
}

func TestFrameListsCoverTheirSlotWithinTheLimits(t *testing.T) {
	frame := func(first string, offset, plain, size int) string {
		return fmt.Sprintf(`{"first":%s,"offset":%d,"plain":%d,"sha256":"%s","size":%d}`, first, offset, plain, strings.Repeat("ab", 32), size)
	}
	read := func(frames ...string) ([]Frame, error) {
		slot := SlotEntry{ID: "s", Size: 30, OriginalSize: 1536, Frames: RawJSON("[" + strings.Join(frames, ",") + "]")}
		return slot.DecodeFrames()
	}
	frames, err := read(frame("0", 0, 1024, 10), frame("null", 10, 512, 20))
	if err != nil || frames[1].Offset != 10 || frames[1].SHA256[31] != 0xab || frames[1].First != nil || *frames[0].First != 0 {
		t.Errorf("%+v, %v", frames, err)
	}
	if encoded, err := EncodeFrames(frames); err != nil || string(encoded) != "["+frame("0", 0, 1024, 10)+","+frame("null", 10, 512, 20)+"]" {
		t.Errorf("%s, %v", encoded, err)
	}
	for _, frames := range [][]string{
		{}, {frame("0", 0, 1024, 10)},
		{frame("0", 0, 1024, 10), frame("null", 11, 512, 19)},
		{frame("0", 0, 1025, 10), frame("null", 10, 511, 20)},
		{frame("1024", 0, 1024, 10), frame("null", 10, 512, 20)},
		{frame("7", 0, 1024, 10), frame("null", 10, 512, 20)},
		{frame("0", 0, 0, 10), frame("null", 10, 1536, 20)},
		{frame("0", 0, 1<<25, 10)}, {frame("0", 0, 1024, 1<<24)}, {frame("0", 0, 1536, 0)},
	} {
		if _, err := read(frames...); codeOf(err) != CodeFrameInvalid {
			t.Errorf("%s: %v", frames, err)
		}
	}
	for _, frames := range []string{`{}`, `{"first":0}`, strings.Replace(frame("0", 0, 1536, 30), "ab", "AB", 1)} {
		if _, err := read(frames); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("%s: %v", frames, err)
		}
	}
}

func FuzzDecodeMetadata(f *testing.F) {
	f.Add([]byte(example(f)))
	f.Add([]byte(`{"slots":null,"package":{"name":"x","version":"1"},"execution":{"command":"x"}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		metadata, err := DecodeMetadata(document, nil)
		if err != nil {
			if code := AsError(err).Code; code != CodeMetadataMalformed && code != CodeVersionUnsupported {
				t.Errorf("%v", err)
			}
			return
		}
		if value, err := DecodeJSON(document, Canonical); err == nil {
			if encoded, err := EncodeJSON(value); err != nil || string(encoded) != string(document) {
				t.Errorf("%s is encoded as %s, %v", document, encoded, err)
			}
		} else if metadata.Sealed {
			t.Errorf("a sealed document that is not canonical is taken: %v", err)
		}
	})
}

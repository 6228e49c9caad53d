package format

import "testing"

func TestChainsArePackedAndSpelled(t *testing.T) {
	for spelling, packed := range map[string]uint64{
		"raw": 0, "tar": 0x01, "gzip": 0x10, "zstd": 0x1b, "tar.gz": 0x1001, "tar.bz2": 0x1301, "tar.xz": 0x1601, "tar.zst": 0x1b01,
		"gzip|zstd": 0x1b10, "tar|zstd|gzip": 0x101b01, "gzip|gzip|gzip|gzip|gzip|gzip|gzip|gzip": 0x1010101010101010,
	} {
		chain, err := UnpackChain(packed)
		if err != nil || chain.Canonical() != spelling || chain.Pack() != packed {
			t.Errorf("%#x is %q, packed %#x, %v", packed, chain.Canonical(), chain.Pack(), err)
		}
		if parsed, err := ParseChain(spelling); err != nil || parsed.Pack() != packed {
			t.Errorf("%q is packed as %#x, %v", spelling, parsed.Pack(), err)
		}
	}
	for spelling, canonical := range map[string]string{"": "raw", "TGZ": "tar.gz", "tar,gzip": "tar.gz", " tar | zst ": "tar.zst", "txz": "tar.xz"} {
		if chain, err := ParseChain(spelling); err != nil || chain.Canonical() != canonical {
			t.Errorf("%q is %q, %v", spelling, chain.Canonical(), err)
		}
	}
}

func TestChainsAreRefusedByNumberAndName(t *testing.T) {
	for packed, code := range map[uint64]ErrorCode{
		0x11: CodeOperationUnsupported, 0x2f: CodeOperationUnknown, 0x0110: CodeOperationUnsupported, 0x100001: CodeSlotFieldInvalid,
		0xff00000000000000: CodeSlotFieldInvalid,
	} {
		if _, err := UnpackChain(packed); codeOf(err) != code {
			t.Errorf("%#x: %v, expected %s", packed, err, code)
		}
	}
	if _, err := UnpackChain(0x11); err.Error() != "operation 0x11 (GZIP_FAST) is not implemented [operation-unsupported]" {
		t.Errorf("%v", err)
	}
	for spelling, code := range map[string]ErrorCode{
		"brotli": CodeOperationUnknown, "gzip|": "", "gzip|tar": CodeOperationUnsupported, "tar.gz|tgz": CodeOperationUnsupported,
		"gz,gz,gz,gz,gz,gz,gz,gz,gz": CodeOperationUnsupported,
	} {
		if _, err := ParseChain(spelling); codeOf(err) != code {
			t.Errorf("%q: %v, expected %q", spelling, err, code)
		}
	}
}

func TestEarlierReadersSkipZeroBytes(t *testing.T) {
	if chain, err := UnpackChainSkippingZeros(0x100001); err != nil || chain.Canonical() != "tar.gz" {
		t.Errorf("%q, %v", chain.Canonical(), err)
	}
}

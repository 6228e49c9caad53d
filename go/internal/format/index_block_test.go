package format

import "testing"

func validBlock() *[SizeIndexBlock]byte {
	index := IndexBlock{PackageSize: 100, Flags: FlagSigned, Capabilities: CapabilitySigned, PublicKey: [32]byte{1}, SlotCount: 3}
	block := index.Encode()
	return &block
}

func TestIndexBlocksAreReadBack(t *testing.T) {
	block := validBlock()
	index := DecodeIndexBlock(block)
	if again := index.Encode(); again != *block {
		t.Error("an index block is encoded in another way than it was")
	}
	if index.IndexChecksum != IndexChecksum(block) || IndexFieldsFault(block) != nil {
		t.Errorf("checksum %08x, fault %v", index.IndexChecksum, IndexFieldsFault(block))
	}
	// Adler-32 of n zero bytes: a = 1, b = n.
	if found := IndexChecksum(&[SizeIndexBlock]byte{indexIndexChecksumAt: 9}); found != SizeIndexBlock<<16|1 {
		t.Errorf("%08x", found)
	}
}

func TestEachFixedOrZeroFieldIsChecked(t *testing.T) {
	changes := map[int]ErrorCode{
		indexFlagsAt: CodeIndexFieldInvalid, indexPageSizeAt: CodeIndexFieldInvalid, indexCapabilitiesAt: CodeIndexFieldInvalid,
		indexBoxMarkerAt: CodeIndexFieldInvalid, indexCompatibilityAt: CodeVersionUnsupported, indexProtocolVersionAt: CodeVersionUnsupported,
	}
	for _, field := range indexZeroFields {
		changes[field.offset], changes[field.offset+field.size-1] = CodeIndexFieldInvalid, CodeIndexFieldInvalid
	}
	for at, code := range changes {
		block := validBlock()
		block[at] ^= 1
		if fault := IndexFieldsFault(block); fault == nil || fault.Code != code {
			t.Errorf("byte %d: %v", at, fault)
		}
	}
}

func TestCosignersArePackedFromTheStart(t *testing.T) {
	block := validBlock()
	block[indexCosignersAt], block[indexCosignersAt+95] = 1, 2
	found, err := Cosigners(block)
	if err != nil || len(found) != 1 || found[0].PublicKey[0] != 1 || found[0].Signature[63] != 2 {
		t.Errorf("%v, %v", found, err)
	}
	block[indexCosignersAt+2*SizeCosigner] = 1
	if _, err := Cosigners(block); codeOf(err) != CodeIndexFieldInvalid {
		t.Errorf("a gap: %v", err)
	}
	block = validBlock()
	block[indexCosignersAt+indexCosignersSize-1] = 1
	if _, err := Cosigners(block); codeOf(err) != CodeIndexFieldInvalid {
		t.Errorf("the rest: %v", err)
	}
}

func TestTheSealMessageLeavesOutWhatSignsIt(t *testing.T) {
	block := validBlock()
	message := string(SealMessage(block, []byte("table")))
	if len(message) != SizeSealMessage {
		t.Errorf("%d bytes", len(message))
	}
	for at := range block {
		isLeftOut := 4 <= at && at < 8 || 192 <= at && at < 256 || 864 <= at && at < 1376
		block[at] ^= 1
		if isSame := string(SealMessage(block, []byte("table"))) == message; isSame != isLeftOut {
			t.Errorf("byte %d: left out %v", at, isSame)
		}
		block[at] ^= 1
	}
	if string(SealMessage(block, []byte("tablf"))) == message {
		t.Error("the slot table is left out")
	}
}

func TestTheTrailerNeedsBothMarkers(t *testing.T) {
	trailer := [SizeTrailer]byte(EncodeTrailer(validBlock()))
	if block, err := IndexBlockOfTrailer(&trailer); err != nil || *block != *validBlock() {
		t.Errorf("%v", err)
	}
	for _, at := range []int{0, 3, SizeTrailer - 4, SizeTrailer - 1} {
		changed := trailer
		changed[at] ^= 1
		if _, err := IndexBlockOfTrailer(&changed); codeOf(err) != CodeNotAPackage {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

func TestSlotDescriptorsAreReadBack(t *testing.T) {
	var descriptor [SizeSlotDescriptor]byte
	for at := range descriptor {
		descriptor[at] = byte(at)
	}
	slot := DecodeSlot(&descriptor)
	if slot.Encode() != descriptor {
		t.Errorf("%+v", slot)
	}
	if slot.Offset != 0x1716151413121110 || slot.Permissions != 0x3f3e || slot.Platform != 59 {
		t.Errorf("%+v", slot)
	}
}

package format

import "crypto/sha256"

// What is signed so that every bit of the file is covered: digests of the index block without what signs or checks it, and of
// the slot table.
//
// Source: spec/pspf-2025.md, "Seal".

// SealMessage is what the seal signs, 81 bytes.
func SealMessage(block *[SizeIndexBlock]byte, slotTable []byte) []byte {
	return sealed(MagicSealPrefix, block, slotTable)
}

// CosignMessage is what a co-signer signs.
func CosignMessage(block *[SizeIndexBlock]byte, slotTable []byte) []byte {
	return sealed(MagicCosignPrefix, block, slotTable)
}

// PackageID is SHA-256 of the seal message.
func PackageID(block *[SizeIndexBlock]byte, slotTable []byte) [sha256.Size]byte {
	return sha256.Sum256(SealMessage(block, slotTable))
}

func sealed(prefix string, block *[SizeIndexBlock]byte, slotTable []byte) []byte {
	covered := *block
	clear(covered[indexIndexChecksumAt : indexIndexChecksumAt+indexIndexChecksumSize])
	clear(covered[indexSealAt : indexSealAt+indexSealSize])
	clear(covered[indexCosignersAt : indexCosignersAt+indexCosignersSize])
	indexDigest, tableDigest := sha256.Sum256(covered[:]), sha256.Sum256(slotTable)
	message := append([]byte(prefix), indexDigest[:]...)
	return append(message, tableDigest[:]...)
}

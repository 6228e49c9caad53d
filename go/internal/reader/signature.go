package reader

import "flavorpack/internal/format"

// sealFindings checks the seal against what the metadata says; against what the index carries when there is no metadata.
func sealFindings(index *format.IndexBlock, block *[format.SizeIndexBlock]byte, slotTable []byte, metadata *format.Metadata) []Finding {
	isSigned := index.HasSignature()
	if metadata != nil {
		isSigned = metadata.Verification.Signed
	}
	flag, capability := index.Flags&format.FlagSigned != 0, index.Capabilities&format.CapabilitySigned != 0
	// Without metadata nothing says what the flags should be.
	misfit := func(what string) []Finding {
		if metadata == nil {
			return nil
		}
		return []Finding{finding(FaultConsistency, format.CodeIndexFieldInvalid, "%s", what)}
	}
	if !isSigned {
		if index.HasSignature() || flag || capability || !format.IsZero(format.CosignerArea(block)) {
			return misfit("the metadata says that the package is unsigned, but the index block carries a key, a signature or a flag of one")
		}
		return []Finding{unsigned()}
	}
	if index.PublicKey == [32]byte{} || index.MetadataSignature == [64]byte{} || index.Seal == [64]byte{} {
		return []Finding{finding(FaultSignature, format.CodeSealMissing,
			"the metadata announces a signature and a seal, and the index block does not carry them")}
	}
	if !format.VerifyEd25519(index.PublicKey, format.SealMessage(block, slotTable), index.Seal) {
		return []Finding{finding(FaultSignature, format.CodeSealWrong, "the seal over index block and slot table does not verify")}
	}
	if !flag || !capability {
		return misfit("the package is signed, and the index block does not flag it")
	}
	return nil
}

// upstreamSignatureFindings checks what earlier implementations signed: the metadata alone.
func upstreamSignatureFindings(index *format.IndexBlock, document []byte) []Finding {
	if index.MetadataSignature == [64]byte{} {
		return []Finding{unsigned()}
	}
	if !format.VerifyEd25519(index.PublicKey, document, index.MetadataSignature) {
		return []Finding{metadataSignatureWrong()}
	}
	return nil
}

func unsigned() Finding {
	return finding(FaultUnsigned, format.CodeUnsigned, "the package carries no signature")
}

func metadataSignatureWrong() Finding {
	return finding(FaultSignature, format.CodeMetadataSignatureWrong, "the signature over the metadata does not verify")
}

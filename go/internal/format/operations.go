package format

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Operation is something that was done to a slot's content before it was stored.
type Operation uint8

// Chain holds operations in the order in which they were applied; a reader undoes them from last to first. Up to eight are
// packed into a descriptor, the first in the least significant byte. Nothing is ever skipped: what is not implemented is refused
// by number and name.
//
// Source: spec/operations.md. Codes and spellings are generated from spec/tables.json.
type Chain []Operation

// UnpackChain reads a descriptor's chain.
//
// Errors: operation-unknown and operation-unsupported as in the registry; slot-field-invalid when an operation follows the zero
// byte that ends the chain.
func UnpackChain(packed uint64) (Chain, error) {
	codes := binary.LittleEndian.AppendUint64(nil, packed)
	if end := slices.Index(codes, 0); end >= 0 {
		if !IsZero(codes[end:]) {
			return nil, Errorf(CodeSlotFieldInvalid, "operations 0x%016x: an operation follows the zero byte that ends the chain", packed)
		}
		codes = codes[:end]
	}
	return chainOf(codes)
}

// UnpackChainSkippingZeros reads a chain as earlier readers did: zero bytes inside it count for nothing.
func UnpackChainSkippingZeros(packed uint64) (Chain, error) {
	codes := binary.LittleEndian.AppendUint64(nil, packed)
	return chainOf(slices.DeleteFunc(codes, func(code byte) bool { return code == 0 }))
}

func chainOf(codes []byte) (Chain, error) {
	chain := make(Chain, len(codes))
	for position, code := range codes {
		chain[position] = Operation(code)
	}
	return chain, chain.check()
}

// ParseChain reads any spelling that manifests may use: `raw`, `tgz`, `tar.zst`, `tar|gzip`, `tar,gzip`.
//
// Errors: operation-unknown for anything else; operation-unsupported for TAR in another place than the first, and for more than
// eight operations.
func ParseChain(text string) (Chain, error) {
	var chain Chain
	words := strings.Split(strings.ReplaceAll(lowerASCII(text), "|", ","), ",")
	for _, word := range words {
		part, known := operationSpelling(strings.Trim(word, " \t"))
		if !known {
			return nil, Errorf(CodeOperationUnknown, "operations %q are not known", text).
				WithHint("use one of " + strings.Join(OperationSpellings[:], ", ") + ", or names joined by |")
		}
		chain = append(chain, part...)
	}
	if err := chain.check(); err != nil {
		return nil, err
	}
	if len(chain) > LimitOperations {
		return nil, Errorf(CodeOperationUnsupported, "an operation chain has %d operations; at most %d fit", len(chain), LimitOperations)
	}
	return chain, nil
}

// check refuses the first operation that this implementation does not read and write where it stands.
func (c Chain) check() error {
	for position, operation := range c {
		switch operation {
		case OperationTar:
			if position > 0 {
				return Errorf(CodeOperationUnsupported, "operation 0x01 (TAR) is number %d of its chain, it may only come first", position)
			}
		case OperationGzip, OperationBzip2, OperationXz, OperationZstd:
		default:
			if operation.String() == "" {
				return Errorf(CodeOperationUnknown, "operation 0x%02x is not in the registry", uint8(operation))
			}
			return Errorf(CodeOperationUnsupported, "operation 0x%02x (%s) is not implemented", uint8(operation), operation)
		}
	}
	return nil
}

// Pack gives the chain as a descriptor stores it.
func (c Chain) Pack() uint64 {
	var packed uint64
	for position, operation := range c {
		packed |= uint64(operation) << (8 * position)
	}
	return packed
}

// IsArchive tells whether the chain's content is a tar.
func (c Chain) IsArchive() bool {
	return len(c) > 0 && c[0] == OperationTar
}

// Compressions are the operations that compress, all but TAR.
func (c Chain) Compressions() Chain {
	if c.IsArchive() {
		return c[1:]
	}
	return c
}

// Canonical is the spelling that metadata uses.
func (c Chain) Canonical() string {
	if len(c) == 0 {
		return "raw"
	}
	if len(c) == 2 && c.IsArchive() {
		switch c[1] {
		case OperationGzip:
			return "tar.gz"
		case OperationBzip2:
			return "tar.bz2"
		case OperationXz:
			return "tar.xz"
		case OperationZstd:
			return "tar.zst"
		}
	}
	names := make([]string, len(c))
	for position, operation := range c {
		names[position] = lowerASCII(operation.String())
	}
	return strings.Join(names, "|")
}

// String gives the registered name, such as GZIP; none for a code outside the registry.
func (o Operation) String() string {
	name, _ := operationName(uint8(o))
	return name
}

func lowerASCII(text string) string {
	return strings.Map(func(char rune) rune {
		if 'A' <= char && char <= 'Z' {
			return char + 'a' - 'A'
		}
		return char
	}, text)
}

package format

import (
	"bytes"
	"crypto/ed25519"
)

// yOfSmallOrder are the y coordinates, below the prime, of the eight points of small order: 0 (order 4), 1 (order 1), -1 (order
// 2), and the two of order 8. Little-endian, as keys are written. Source: RFC 7748, section 7, and its erratum on the order-8 points.
var yOfSmallOrder = [...][32]byte{
	{},
	{1},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
}

// VerifyEd25519 tells whether the signature over the message is valid under the key, by the rule that every implementation
// follows: S below L, A and R canonical and not of small order, the cofactorless equation.
//
// Source: spec/trust.md, "One Ed25519 rule".
func VerifyEd25519(publicKey [32]byte, message []byte, signature [64]byte) bool {
	// crypto/ed25519 refuses S of L or more and uses the cofactorless equation, but takes points of small order and reduces a y
	// of 2^255 - 19 or more.
	if !isAcceptablePoint(publicKey) || !isAcceptablePoint([32]byte(signature[:32])) {
		return false
	}
	return ed25519.Verify(publicKey[:], message, signature[:])
}

// isAcceptablePoint: canonical and not of small order. (x = 0 has y = 1 or -1, which are of small order, so the sign bit needs
// no rule of its own.)
func isAcceptablePoint(encoded [32]byte) bool {
	encoded[31] &= 0x7f
	for _, small := range yOfSmallOrder {
		if encoded == small {
			return false
		}
	}
	// 2^255 - 19 is 0xed, thirty times 0xff, 0x7f.
	allOnes := encoded[31] == 0x7f && bytes.Count(encoded[1:31], []byte{0xff}) == 30
	return !allOnes || encoded[0] < 0xed
}

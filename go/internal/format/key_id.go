package format

import (
	"crypto/sha256"
	"encoding/base64"
)

// The head of an OpenSSH public key: the type's length and name, and the key's length. Source: RFC 8709, section 4.
const opensshHead = "\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"

// KeyID is what people compare: the text that `ssh-keygen -l` prints for the key, `SHA256:` and unpadded base64.
//
// Source: spec/trust.md, "Keys".
func KeyID(publicKey [32]byte) string {
	digest := sha256.Sum256(OpensshBlob(publicKey))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(digest[:])
}

// OpensshBlob is the key in the wire form of OpenSSH, 51 bytes.
func OpensshBlob(publicKey [32]byte) []byte {
	return append([]byte(opensshHead), publicKey[:]...)
}

package builder

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"strings"

	"flavorpack/internal/format"
)

// Lifetimes of a key, as metadata has them.
const (
	lifetimeBuild     = "build"
	lifetimePublisher = "publisher"
)

// Signer signs a package with an Ed25519 key.
type Signer struct {
	private ed25519.PrivateKey
	// Lifetime is build for a key that is made for one build and forgotten, publisher for one that outlives it.
	Lifetime string
}

// PublicKey is the key that signatures are checked with.
func (s *Signer) PublicKey() [32]byte {
	return [32]byte(s.private.Public().(ed25519.PublicKey))
}

func (s *Signer) sign(message []byte) [64]byte {
	return [64]byte(ed25519.Sign(s.private, message))
}

// EphemeralSigner makes a key for one build.
//
// Errors: key-invalid when the system has no randomness.
func EphemeralSigner() (*Signer, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, format.Errorf(format.CodeKeyInvalid, "no key can be made: %w", err)
	}
	return &Signer{private, lifetimeBuild}, nil
}

// SeedSigner gives the key of a seed text: the private seed is SHA-256 of its UTF-8 bytes.
//
// Errors: key-invalid for an empty text. Source: spec/trust.md, "Keys".
func SeedSigner(text string) (*Signer, error) {
	if text == "" {
		return nil, format.Errorf(format.CodeKeyInvalid, "the key seed is empty")
	}
	seed := sha256.Sum256([]byte(text))
	return &Signer{ed25519.NewKeyFromSeed(seed[:]), lifetimePublisher}, nil
}

// FileSigner reads a PKCS#8 PEM file with an Ed25519 key.
//
// Errors: file-missing, file-unreadable, key-invalid.
func FileSigner(path string) (*Signer, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fileError(err, path, "read")
	}
	notKey := format.Errorf(format.CodeKeyInvalid, "%s is not an unencrypted private key in PEM form", path).WithHint("flavor keygen makes one")
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, notKey
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, notKey
	}
	private, isEd25519 := key.(ed25519.PrivateKey)
	if !isEd25519 {
		return nil, format.Errorf(format.CodeKeyInvalid, "%s holds a key of type %T, expected ed25519", path, key)
	}
	return &Signer{private, lifetimePublisher}, nil
}

// ReadPublicKey reads 64 hex digits, or a file with a PEM key or one line as OpenSSH writes it.
//
// Errors: file-missing, file-unreadable, key-invalid.
func ReadPublicKey(text string) ([32]byte, error) {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == 32 {
		return [32]byte(raw), nil
	}
	content, err := os.ReadFile(text)
	if err != nil {
		return [32]byte{}, fileError(err, text, "read")
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "ssh-ed25519" {
			return opensshKey(fields[1], text)
		}
	}
	if block, _ := pem.Decode(content); block != nil {
		if key, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			if public, isEd25519 := key.(ed25519.PublicKey); isEd25519 {
				return [32]byte(public), nil
			}
			return [32]byte{}, format.Errorf(format.CodeKeyInvalid, "%s holds a key of type %T, expected ed25519", text, key)
		}
	}
	return [32]byte{}, format.Errorf(format.CodeKeyInvalid, "%s is not a public key in PEM or OpenSSH form", text).WithHint("flavor keygen makes one")
}

func opensshKey(encoded, path string) ([32]byte, error) {
	blob, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil && len(blob) > 32 {
		key := [32]byte(blob[len(blob)-32:])
		if bytes.Equal(blob, format.OpensshBlob(key)) {
			return key, nil
		}
	}
	return [32]byte{}, format.Errorf(format.CodeKeyInvalid, "%s holds an OpenSSH key that is no Ed25519 key", path)
}

package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

func ask(line []byte) (any, error) {
	q, err := readQuestion(line)
	if err != nil {
		return nil, err
	}
	op, err := q.text("op")
	if err != nil {
		return nil, err
	}
	switch op {
	case "verify", "metadata", "content":
		return askPackage(q, op)
	case "archive", "json", "gzip", "encode_gzip", "stream":
		data, err := q.bytes("bytes")
		if err != nil {
			return nil, err
		}
		return askBytes(q, op, data)
	case "operations", "split", "target":
		text, err := q.text("text")
		if err != nil {
			return nil, err
		}
		return askText(op, text)
	case "operations_packed":
		return operationsPacked(q)
	case "quote":
		words, err := texts(q["words"])
		return format.QuoteCommand(words), err
	case "workenv_name":
		return workenvName(q)
	case "ed25519":
		return signature(q)
	case "encode_json":
		return hexOf(format.EncodeJSON(q["value"]))
	case "encode_tar":
		return hexOf(encodeTar(q))
	}
	return nil, format.Errorf(format.CodeUsage, "unknown op %q", op)
}

func hexOf(data []byte, err error) (any, error) {
	return hex.EncodeToString(data), err
}

func askBytes(q question, op string, data []byte) (any, error) {
	switch op {
	case "archive":
		return listArchive(bytes.NewReader(data))
	case "json":
		value, err := format.DecodeJSON(data, format.Canonical)
		if err != nil {
			return nil, err
		}
		return hexOf(format.EncodeJSON(value))
	case "gzip":
		return hexOf(format.DecodeStoredGzip(data, len(data)))
	case "encode_gzip":
		return hexOf(format.EncodeStoredGzip(data), nil)
	default:
		return stream(q, data)
	}
}

func askText(op, text string) (any, error) {
	switch op {
	case "operations":
		chain, err := format.ParseChain(text)
		if err != nil {
			return nil, err
		}
		return format.Object{"packed": fmt.Sprintf("%#x", chain.Pack()), "canonical": chain.Canonical()}, nil
	case "split":
		words, err := format.SplitCommand(text)
		list := format.List{}
		for _, word := range words {
			list = append(list, word)
		}
		return list, err
	default:
		return format.CheckTarget(text)
	}
}

func stream(q question, data []byte) (any, error) {
	operation, err := q.text("operation")
	if err != nil {
		return nil, err
	}
	size, err := q.number("size")
	if err != nil {
		return nil, err
	}
	chain, err := format.ParseChain(operation)
	if err != nil {
		return nil, err
	}
	stream, err := reader.NewStream(bytes.NewReader(data), chain, uint64(size))
	if err != nil {
		return nil, err
	}
	hasher := sha256.New()
	if _, err := io.Copy(hasher, stream); err != nil {
		return nil, err
	}
	return hex.EncodeToString(hasher.Sum(nil)), stream.Finish()
}

func operationsPacked(q question) (any, error) {
	text, err := q.text("packed")
	if err != nil {
		return nil, err
	}
	packed, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return nil, format.Errorf(format.CodeUsage, "member packed is not a 64-bit number")
	}
	chain, err := format.UnpackChain(packed)
	if err != nil {
		return nil, err
	}
	return chain.Canonical(), nil
}

func workenvName(q question) (any, error) {
	name, nameErr := q.text("name")
	version, versionErr := q.text("version")
	id, idErr := q.text("package_id")
	return format.WorkenvName(name, version, id), cmp.Or(nameErr, versionErr, idErr)
}

func signature(q question) (any, error) {
	key, keyErr := q.bytes("key")
	message, messageErr := q.bytes("message")
	signature, signatureErr := q.bytes("signature")
	if err := cmp.Or(keyErr, messageErr, signatureErr); err != nil {
		return nil, err
	}
	isRightSize := len(key) == 32 && len(signature) == 64
	if !isRightSize || !format.VerifyEd25519([32]byte(key), message, [64]byte(signature)) {
		return nil, format.Errorf(format.CodeMetadataSignatureWrong, "the signature does not verify")
	}
	return true, nil
}

// encodeTar writes the canonical tar of entries in any order: path, type, mode, contents, link.
func encodeTar(q question) ([]byte, error) {
	mtime, err := q.number("mtime")
	if err != nil {
		return nil, err
	}
	rows, ok := q["entries"].(format.List)
	if !ok {
		return nil, format.Errorf(format.CodeUsage, "member entries is not a list")
	}
	type entry struct {
		format.TarEntry
		contents []byte
	}
	entries := make([]entry, len(rows))
	for position, row := range rows {
		fields, err := texts(row)
		if err != nil || len(fields) != 5 {
			return nil, format.Errorf(format.CodeUsage, "an entry is not a list of five texts")
		}
		mode, modeErr := strconv.ParseUint(fields[2], 8, 16)
		contents, contentsErr := hex.DecodeString(fields[3])
		kind := slices.Index(tarKinds[:], fields[1])
		if modeErr != nil || contentsErr != nil || kind < 0 {
			return nil, format.Errorf(format.CodeUsage, "an entry has a type, a mode or contents that are none")
		}
		entries[position] = entry{contents: contents, TarEntry: format.TarEntry{
			Path: fields[0], Kind: format.TarKind(kind), Size: uint64(len(contents)), Executable: mode&0o100 != 0,
			LinkTarget: fields[4], MtimeSeconds: mtime,
		}}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.Path, b.Path) })
	var tar []byte
	paxNumber := 1
	for _, entry := range entries {
		blocks, hasPax := format.EncodeTarHeader(&entry.TarEntry, paxNumber)
		if hasPax {
			paxNumber++
		}
		tar = append(append(tar, blocks...), entry.contents...)
		tar = append(tar, make([]byte, format.TarPadding(entry.Size))...)
	}
	return append(tar, make([]byte, format.TarEndBytes)...), nil
}

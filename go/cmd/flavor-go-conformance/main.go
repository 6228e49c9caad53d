// Command flavor-go-conformance answers questions about files: one JSON object a line from stdin, one a line to stdout, in order.
//
// It calls the same code that launcher and builder are made of; nothing is decided here. Source: conformance/protocol.md.
package main

import (
	"bufio"
	"fmt"
	"os"

	"flavorpack/internal/format"
)

// longestQuestion bounds a line: packages are named by path, everything else is in it.
const longestQuestion = 256 << 20

func main() {
	questions := bufio.NewScanner(os.Stdin)
	questions.Buffer(make([]byte, 1<<20), longestQuestion)
	answers := bufio.NewWriter(os.Stdout)
	for questions.Scan() {
		answers.Write(answerLine(questions.Bytes()))
		answers.WriteByte('\n')
		// Whoever asks may wait for each answer.
		if err := answers.Flush(); err != nil {
			stop(err)
		}
	}
	if err := questions.Err(); err != nil {
		stop(err)
	}
}

// answerLine gives the answer's line. What is no refusal is a crash, and ends the process.
func answerLine(line []byte) []byte {
	var answer format.Object
	if value, err := ask(line); err == nil {
		answer = format.Object{"ok": value}
	} else if refusal := format.AsError(err); refusal.Code == format.CodeInternal {
		stop(err)
	} else {
		answer = format.Object{"error": string(refusal.Code)}
	}
	encoded, err := format.EncodeJSON(answer)
	if err != nil {
		stop(err)
	}
	return encoded
}

func stop(err error) {
	fmt.Fprintln(os.Stderr, "flavor-go-conformance:", err)
	os.Exit(format.ExitPanic)
}

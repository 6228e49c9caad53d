package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

const vectors = "../../../conformance/vectors"

type vector struct {
	Description string
	Question    map[string]any
	Expect      map[string]any
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answers asks a question, and compares the answer with what is expected.
func answers(t *testing.T, name string, question, expect map[string]any) {
	t.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(answerLine(line), &answer); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(answer, expect) {
		t.Errorf("%s: %.200v, expected %.200v", name, answer, expect)
	}
}

func TestQuestionsAreAnsweredAsTheVectorsSay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors, "questions", "*.json"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, file := range files {
		var each vector
		readJSON(t, file, &each)
		answers(t, filepath.Base(file)+", "+each.Description, each.Question, each.Expect)
	}
}

func TestPackagesAreReadAsTheVectorsSay(t *testing.T) {
	var packages map[string]struct {
		Expect struct {
			Verify  map[string]any
			Content map[string]map[string]any
		}
	}
	readJSON(t, filepath.Join(vectors, "packages.json"), &packages)
	if len(packages) < 100 {
		t.Fatalf("%d vectors", len(packages))
	}
	for name, each := range packages {
		path := filepath.Join(vectors, "packages", name+".psp")
		answers(t, name, map[string]any{"op": "verify", "path": path}, each.Expect.Verify)
		for slot, content := range each.Expect.Content {
			position, err := strconv.Atoi(slot)
			if err != nil {
				t.Fatal(err)
			}
			if _, isError := content["error"]; !isError {
				content = map[string]any{"ok": map[string]any(content)}
			}
			answers(t, name+", slot "+slot, map[string]any{"op": "content", "path": path, "slot": position}, content)
		}
	}
}

func TestWhatIsNoQuestion(t *testing.T) {
	for line, answer := range map[string]string{
		`{"op":"dance"}`: `{"error":"usage"}`, `[]`: `{"error":"usage"}`, `{`: `{"error":"metadata-malformed"}`, `{"op":"verify"}`: `{"error":"usage"}`,
		`{"op":"verify","path":"/nowhere/at/all"}`: `{"error":"file-missing"}`, `{"op":"verify","path":"/"}`: `{"error":"file-unreadable"}`,
		`{"op":"encode_json","value":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`: `{"ok":"` + strings.Repeat("5b", 64) + strings.Repeat("5d", 64) + `"}`,
		`{"op":"encode_json","value":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`: `{"error":"metadata-malformed"}`,
	} {
		if found := string(answerLine([]byte(line))); found != answer {
			t.Errorf("%.80s: %.80s, expected %.80s", line, found, answer)
		}
	}
}

package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

// A text is taken if and only if nothing of it is replaced when it is decoded.
func FuzzIsUnicode(f *testing.F) {
	for _, seed := range []string{`a`, `\ud83d\ude00`, `\ud83d`, `\ude00\ud83d`, `\\ud83d`, `\\\ud83d`, `\ud83d\\ude00`, `\ud83d\u0041`, "\xff", "\xed\xa0\x80", `\uD83D\uDE00\uD83D`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc := `"` + text + `"`
		var decoded string
		if strings.Contains(text, "\ufffd") || strings.Contains(strings.ToLower(text), "fffd") || json.Unmarshal([]byte(doc), &decoded) != nil {
			return // not told apart from what stands for a replacement, or no JSON
		}
		if replaced := strings.Contains(decoded, "\ufffd"); isUnicode([]byte(doc)) == replaced {
			t.Errorf("%q is Unicode: %v, but decodes as %q", doc, !replaced, decoded)
		}
	})
}

func TestIsText(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "a\t\n\r ~\u007f\u0080\ud7ff\ue000\ufffd\U00010000\U0010ffff": true,
		"\x00": false, "\x0b": false, "\x1f": false, "\ufffe": false, "\uffff": false, "\xff": false, "a\xed\xa0\x80": false,
	} {
		if IsText(text) != want {
			t.Errorf("IsText(%q) = %v", text, !want)
		}
	}
}

func TestUUID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		u := UUID()
		if len(u) != 36 || u[14] != '4' || !strings.ContainsRune("89ab", rune(u[19])) || seen[u] {
			t.Fatalf("%q is no new random UUID", u)
		}
		seen[u] = true
	}
}

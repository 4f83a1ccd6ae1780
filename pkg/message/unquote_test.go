package message

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/statline/statline/pkg/message/messagetest"
)

// FuzzUnquote compares strings with what encoding/json makes of them.
func FuzzUnquote(f *testing.F) {
	for _, s := range []string{
		`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e4\u20ac\u0000"`, `"\ud83d\ude42"`, `"\ud83d"`, `"\ude42\ud83d"`,
		`"\ud83d\u0041"`, `"\ud83d\n"`, `"\ud83dx"`, `"\ud83d\ud83d\ude42"`, `"\x"`, `"`, ``, `"a`, `"a"b"`, ` "a"`, `null`, "\"\xff\"", "\"\n\"",
	} {
		f.Add([]byte(s))
	}
	for _, c := range messagetest.Cases() {
		f.Add(c.Body)
	}
	f.Fuzz(func(t *testing.T, quoted []byte) {
		got, ok := unquote(quoted)
		var want string
		wantOK := len(quoted) > 0 && quoted[0] == '"' && utf8.Valid(quoted) && quoted[len(quoted)-1] == '"' && json.Unmarshal(quoted, &want) == nil
		if ok != wantOK || ok && got != want {
			t.Fatalf("unquote(%q) = %q, %t, want %q, %t", quoted, got, ok, want, wantOK)
		}
	})
}

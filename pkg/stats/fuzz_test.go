package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/message/messagetest"
	"github.com/statline/statline/pkg/stats/statstest"
)

// jsonNumbers reads the array of numbers that data begins with as
// encoding/json does. It reports false where there is none.
func jsonNumbers(data []byte) (tokens []string, n int, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	var elements []json.RawMessage
	if d.Decode(&elements) != nil || elements == nil {
		return nil, 0, false
	}
	for _, e := range elements {
		if c := e[0]; c != '-' && (c < '0' || c > '9') {
			return nil, 0, false
		}
		tokens = append(tokens, string(e))
	}
	return tokens, int(d.InputOffset()), true
}

// checkList compares a list with the tokens that it was written in.
func checkList(t *testing.T, l *List, tokens []string) {
	t.Helper()
	if got, want := string(l.Text()), strings.Join(tokens, ","); got != want || l.Len() != len(tokens) {
		t.Fatalf("text %q, want %q", got, want)
	}
	for i, token := range tokens {
		if l.At(i).decimal().rat().Cmp(statstest.Rat(token)) != 0 {
			t.Fatalf("number %d is %s, want %s", i, l.At(i), token)
		}
	}
	if len(tokens) > 20 || len(l.Text()) > 200 {
		return // too slow for the reference
	}
	if got, want := gotSummary(Summarize(l, Options{})), statstest.Figures(tokens, string(R7), nil); !maps.Equal(got, want) {
		t.Fatalf("summary of %s:\n got %v\nwant %v", tokens, got, want)
	}
}

func (d decimal) rat() *big.Rat {
	r := new(big.Rat).SetInt(d.coef)
	if d.exp < 0 {
		return r.Quo(r, new(big.Rat).SetInt(tenTo(-d.exp)))
	}
	return r.Mul(r, new(big.Rat).SetInt(tenTo(d.exp)))
}

// badLists are the lists that messages are refused for. The longest are left out:
// they are sound but for their length, and slow to compute twice.
func badLists() (lists [][]byte) {
	for _, c := range messagetest.Cases() {
		if 0 < len(c.List) && len(c.List) < 1<<18 {
			lists = append(lists, c.List)
		}
	}
	return lists
}

func FuzzParseJSON(f *testing.F) {
	for _, data := range []string{
		"[7,8,54,89]", " [ -0.5e-3 , 1E+400\n] x", "[]", "[1,,2]", "[1,]", "[1 2]", "[9223372036854775808,0.1]", "[1e1000,1e-1000]", "[1", "",
	} {
		f.Add([]byte(data))
	}
	for _, bad := range badTokens {
		f.Add([]byte("[1," + bad.token + "]"))
	}
	for _, list := range badLists() {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, n, err := ParseJSON(data)
		tokens, wantN, ok := jsonNumbers(data)
		for _, token := range tokens {
			ok = ok && statstest.WithinLimits(token)
		}
		switch {
		case ok && len(tokens) == 0:
			if err != ErrEmpty || n != wantN {
				t.Fatalf("%d bytes, %v, want %d, ErrEmpty", n, err, wantN)
			}
		case ok:
			if err != nil || n != wantN {
				t.Fatalf("%d bytes, %v, want %d", n, err, wantN)
			}
			checkList(t, l, tokens)
			checkPadded(t, data[:n], l)
		case err == nil || err == ErrEmpty:
			t.Fatalf("accepted %q, %v", data[:n], err)
		default:
			checkFault(t, data, err)
		}
	})
}

// checkPadded reads an array of one list again with enough text behind it for
// the parser to look at several digits at once.
func checkPadded(t *testing.T, array []byte, want *List) {
	t.Helper()
	padded := append(bytes.Clone(array), bytes.Repeat([]byte("9"), 2*plainWindow)...)
	l, n, err := ParseJSON(padded)
	if err != nil || n != len(array) {
		t.Fatalf("padded: %d bytes, %v, want %d", n, err, len(array))
	}
	if !bytes.Equal(l.Text(), want.Text()) || l.Len() != want.Len() {
		t.Fatalf("padded: text %q, want %q", l.Text(), want.Text())
	}
	for i := range l.Len() {
		if l.At(i) != want.At(i) {
			t.Fatalf("padded: number %d is %s, want %s", i, l.At(i), want.At(i))
		}
	}
}

// checkFault checks what every error says about the text it is for.
func checkFault(t *testing.T, text []byte, err error) {
	t.Helper()
	for _, c := range []byte(err.Error()) {
		if c < ' ' || c == 0x7f {
			t.Fatalf("error with control characters: %q", err)
		}
	}
	var syntax *SyntaxError
	var number *NumberError
	switch {
	case errors.As(err, &syntax):
		if syntax.Offset < 0 || syntax.Offset > len(text) {
			t.Fatalf("offset %d in %d bytes", syntax.Offset, len(text))
		}
	case errors.As(err, &number):
		if number.Index < 0 || number.Token == "" || !bytes.Contains(text, []byte(number.Token)) {
			t.Fatalf("element %d, %q is not in the text", number.Index, number.Token)
		}
	case err != ErrEmpty:
		t.Fatalf("error %T", err)
	}
}

func FuzzParseText(f *testing.F) {
	for _, text := range []string{"7 8 54 89", "7,8 , 54\n89\n", "[7, 8]", "[7] 8", ",", "1,,2", "1,", "", "\uFEFF1", "1\x002", "-1.5 3", "1e999999999"} {
		f.Add([]byte(text))
	}
	for _, list := range badLists() {
		f.Add(bytes.Trim(list, "[]"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseText(text)
		tokens, ok := plainNumbers(string(bytes.TrimPrefix(text, []byte("\uFEFF"))))
		for _, token := range tokens {
			ok = ok && statstest.WithinLimits(token)
		}
		switch {
		case ok && len(tokens) == 0:
			if err != ErrEmpty {
				t.Fatalf("%v, want ErrEmpty", err)
			}
		case ok:
			if err != nil {
				t.Fatal(err)
			}
			checkList(t, l, tokens)
		case err == nil:
			t.Fatal("accepted")
		default:
			checkFault(t, text, err)
		}
	})
}

// plainNumbers reads what ParseText does, by way of encoding/json.
func plainNumbers(text string) (tokens []string, ok bool) {
	text = strings.Trim(text, " \t\r\n")
	if strings.HasPrefix(text, "[") {
		tokens, n, ok := jsonNumbers([]byte(text))
		return tokens, ok && n == len(text)
	}
	if text == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(text, ",") {
		fields := strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
		if len(fields) == 0 {
			return nil, false
		}
		tokens = append(tokens, fields...)
	}
	array, n, ok := jsonNumbers([]byte("[" + strings.Join(tokens, ",") + "]"))
	return tokens, ok && len(array) == len(tokens) && n == len(strings.Join(tokens, ","))+2
}

func FuzzCanonical(f *testing.F) {
	for _, text := range []string{"0", "-0.0", "1.50", "1e21", "1E-7", "123456789012345678901234567890", "1e20000", "0e99999999999", "01", "", "null"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		figure, err := Canonical(text)
		number := text != "" && strings.Trim(text, "+-.0123456789eE") == "" && json.Valid([]byte(text))
		if err != nil {
			if number && statstest.WithinLimits(text) {
				t.Fatal(err)
			}
			return
		}
		if !number {
			t.Fatalf("%q accepted as %s", text, figure)
		}
		if again, err := Canonical(string(figure)); err != nil || again != figure {
			t.Fatalf("%s becomes %s, %v", figure, again, err)
		}
		if !statstest.WithinLimits(text) {
			return
		}
		if want := statstest.Exact(statstest.Rat(text)); string(figure) != want {
			t.Fatalf("%q = %s, want %s", text, figure, want)
		}
		n, err := ParseNumber(text)
		if err != nil || n.Figure() != figure {
			t.Fatalf("ParseNumber(%q) = %s, %v, want %s", text, n, err, figure)
		}
	})
}

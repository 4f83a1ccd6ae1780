package stats

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseJSON(t *testing.T) {
	tests := []struct {
		data string
		n    int
		text string
	}{
		{"[1]", 3, "1"},
		{" \t\r\n[ 1.50 ,\n-0,2E+3 ] ,", 22, "1.50,-0,2E+3"},
		{"[1,2]]", 5, "1,2"},
		{`[1],"x":[2]`, 3, "1"},
		{"[0]\x00", 3, "0"},
		{"[1e400,12345678901234567890,3]", 30, "1e400,12345678901234567890,3"},
	}
	for _, test := range tests {
		l, n, err := ParseJSON([]byte(test.data))
		if err != nil || n != test.n || string(l.Text()) != test.text || l.Len() != strings.Count(test.text, ",")+1 {
			t.Errorf("ParseJSON(%q) = %+v, %d, %v, want %s, %d", test.data, l, n, err, test.text, test.n)
		}
	}
}

func TestParseText(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", " 1 2\n3\t4\r\n": "1,2,3,4", "1,2 ,3 , 4": "1,2,3,4", "[1, 2]": "1,2", " [1]\n": "1",
		"-1.5 3": "-1.5,3", "\uFEFF1,2": "1,2", "\uFEFF[1]": "1", "7\n\n\n8": "7,8", "1e400": "1e400",
	} {
		l, err := ParseText([]byte(text))
		if err != nil || string(l.Text()) != want {
			t.Errorf("ParseText(%q) = %v, %v, want %s", text, l, err, want)
		}
	}
}

// TestListKeepsNoHoldOnItsSource changes the bytes that a list came from.
func TestListKeepsNoHoldOnItsSource(t *testing.T) {
	data := []byte("[12,12345678901234567890,1e-900]")
	l, _, err := ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = '9'
	}
	if got := fmt.Sprintf("%s %s %s %s", l.At(0), l.At(1), l.At(2), l.Text()); got != "12 12345678901234567890 1e-900 12,12345678901234567890,1e-900" {
		t.Errorf("the list is now %s", got)
	}
}

const noBracket = "the list ends without ]"

func TestBrokenJSON(t *testing.T) {
	tests := []struct {
		data   string
		offset int
		reason string
	}{
		{"", 0, "a list begins with ["}, {" 1", 1, "a list begins with ["}, {"null", 0, "a list begins with ["},
		{`{"a":1}`, 0, "a list begins with ["}, {"]", 0, "a list begins with ["},
		{"[", 1, noBracket}, {"[ ", 2, noBracket}, {"[1", 2, noBracket}, {"[1 ", 3, noBracket}, {"[1,", 3, noBracket},
		{"[1, ", 4, noBracket}, {"[1}", 2, "a comma or ] is missing"}, {"[1 }", 3, "a comma or ] is missing"},
		{"[1 2]", 3, "a comma or ] is missing"}, {"[1 \"a\"]", 3, "a comma or ] is missing"}, {"[1 \x00]", 3, "a comma or ] is missing"},
		{"[,]", 1, "a number is missing"}, {"[,1]", 1, "a number is missing"}, {"[1,,2]", 3, "a number is missing"},
		{"[1, ,2]", 4, "a number is missing"}, {"[}", 1, "a number is missing"},
		{"[1,]", 3, "a comma stands before ]"}, {"[1 , ]", 5, "a comma stands before ]"},
		{`[1,"a`, 5, "the list ends inside an element"}, {`[1,"a\"]`, 8, "the list ends inside an element"},
		{`[1,[2`, 5, "the list ends inside an element"}, {`[1,{"a]}`, 8, "the list ends inside an element"},
		{`["\`, 3, "the list ends inside an element"},
	}
	for _, test := range tests {
		l, n, err := ParseJSON([]byte(test.data))
		var e *SyntaxError
		if !errors.As(err, &e) || e.Offset != test.offset || e.Reason != test.reason || l != nil || n != 0 {
			t.Errorf("ParseJSON(%q) = %v, %d, %v, want byte %d: %s", test.data, l, n, err, test.offset, test.reason)
		}
	}
}

func TestBrokenText(t *testing.T) {
	tests := []struct{ text, want string }{
		{",", "byte 0: a number is missing"}, {",1", "byte 0: a number is missing"}, {"1,", "byte 2: a number is missing"},
		{"1,,2", "byte 2: a number is missing"}, {"1 , , 2", "byte 4: a number is missing"}, {"1 ,\n", "byte 4: a number is missing"},
		{"[1] 2", "byte 4: more text after the list"}, {"[1],", "byte 3: more text after the list"},
		{"[1][2]", "byte 3: more text after the list"}, {"[1", "byte 2: the list ends without ]"},
		{"[1 2]", "byte 3: a comma or ] is missing"}, {"\uFEFF,", "byte 3: a number is missing"},
		{"1 2]", "2] is not a number"}, {"1 [2]", "[2] is an array, not a number"}, {"1;2", "1;2 is not a number"},
		{"1 \uFEFF2", `\ufeff2 is not a number`}, {"1\u00a02", `1\u00a02 is not a number`}, {"1 \x00", `\x00 is not a number`},
		{"", "the list is empty"}, {" \n", "the list is empty"}, {"[]", "the list is empty"}, {" [ ] ", "the list is empty"},
	}
	for _, test := range tests {
		if l, err := ParseText([]byte(test.text)); err == nil || err.Error() != test.want || l != nil {
			t.Errorf("ParseText(%q) = %v, %v, want %s", test.text, l, err, test.want)
		}
	}
}

func TestEmptyArray(t *testing.T) {
	for data, want := range map[string]int{"[]": 2, " [ \n] x": 5} {
		if l, n, err := ParseJSON([]byte(data)); l != nil || n != want || err != ErrEmpty {
			t.Errorf("ParseJSON(%q) = %v, %d, %v, want %d, ErrEmpty", data, l, n, err, want)
		}
	}
}

// TestBadElements puts each bad token first, third and last, and next to a
// number that is held as an integer and one that is not.
func TestBadElements(t *testing.T) {
	for _, test := range badTokens {
		for data, index := range map[string]int{
			"[" + test.token + "]":           0,
			"[1, 2 ," + test.token + ",null": 2,
			"[1,1e999, " + test.token + " ]": 2,
		} {
			l, n, err := ParseJSON([]byte(data))
			var e *NumberError
			if !errors.As(err, &e) || *e != (NumberError{index, test.token, test.reason}) || l != nil || n != 0 {
				t.Errorf("ParseJSON(%.60q): %v, want numbers[%d]: %.60q %s", data, err, index, test.token, test.reason)
			}
		}
		if strings.ContainsAny(test.token[:1], `"[{`) {
			continue // whose end a plain text does not look for
		}
		_, err := ParseText([]byte("1 2," + test.token + " 3"))
		var e *NumberError
		if !errors.As(err, &e) || *e != (NumberError{2, test.token, test.reason}) {
			t.Errorf("ParseText(1 2,%.40q 3): %v, want %s", test.token, err, test.reason)
		}
	}
}

// TestScales parses lists whose numbers meet in every order of scales, around
// the point where they no longer fit one.
func TestScales(t *testing.T) {
	tokens := []string{"0", "1", "-9223372036854775807", "-9223372036854775808", "1e18", "1e19", "1e-18", "0.5", "1e5", "-3e-7", "9e999"}
	for _, a := range tokens {
		for _, b := range tokens {
			for _, c := range tokens {
				l := list(t, a, b, c)
				for i, want := range probabilities(t, a, b, c) {
					if l.At(i) != want {
						t.Errorf("[%s,%s,%s] holds %s at %d, want %s", a, b, c, l.At(i), i, want)
					}
				}
			}
		}
	}
}

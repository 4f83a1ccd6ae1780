package audit

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/message"
)

var received = time.Date(2026, 11, 23, 4, 15, 2, 201e6, time.UTC)

func entryOf(body string) Entry {
	return NewEntry(message.Parse("statline", []byte(body))[0], "5fea7756-0ea4-451a-a703-a558b933e274", received)
}

func TestEntryText(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{
			"sound",
			`{"schema":"statline.request/v1","request_id":"r1","numbers":[7, 8.0,54,89],"client_id":"lab","nonce":"secret","sent_at":"2026-11-23T04:15:02.123Z","quantiles":[0.9]}`,
			`request   r1
message   5fea7756-0ea4-451a-a703-a558b933e274
received  2026-11-23T04:15:02.201Z
client    lab
sent      2026-11-23T04:15:02.123Z
numbers   7,8.0,54,89
asked     0.9
sha256    b9da99594761baf3936c2e9aaaed8a0f78e0de85086b382eba2233b4222b9546
status    ok
count     4
sum       158
min       7
max       89
mean      39.5
median    31
variance  1569.6666666666667
stddev    39.619019001821165
q1        7.75
q3        62.75
method    R7
quantile  0.9 78.5
`,
		},
		{
			"refused, and what a client might forge an entry with",
			"{\"request_id\":\"r1\",\"x\":\"\n\nrequest   r2\n\x1b[2J\u2028\xff\"}",
			`request   r1
message   5fea7756-0ea4-451a-a703-a558b933e274
received  2026-11-23T04:15:02.201Z
body      "{\"request_id\":\"r1\",\"x\":\"\n\nrequest   r2\n\x1b[2J\u2028\xff\"}"
sha256    c7a2d50f04308b5b38facb05a20efb50bc1cbbdd229af5dbe0bce18432fdaf34
status    error
error     invalid_json
reason    byte 46: invalid UTF-8
`,
		},
		{
			"refused for a key that is a space",
			`{"schema":"statline.request/v1","request_id":"r1","numbers":[1]," ":2}`,
			`request   r1
message   5fea7756-0ea4-451a-a703-a558b933e274
received  2026-11-23T04:15:02.201Z
body      "{\"schema\":\"statline.request/v1\",\"request_id\":\"r1\",\"numbers\":[1],\" \":2}"
sha256    c928463799b251015a3d58f85838ca2dda96500c474caaea39e68e2266600464
status    error
error     invalid_field
path      " "
reason    " ": is not a field of a request
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := entryOf(tt.body).String(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestEnvelope: an entry holds what came around the list.
func TestEnvelope(t *testing.T) {
	for _, numbers := range []string{"[1]", "[null]"} {
		e := entryOf(`{"schema":"statline.request/v1","request_id":"r1","client_id":"lab","inbox":"statline-inbox-lab-abcdefghijklmnop","numbers":` + numbers +
			`,"sent_at":"2026-11-23T04:15:01.000Z","deadline":"2026-11-23T04:16:00.000Z","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`)
		if e.RequestID != "r1" || e.ClientID != "lab" || e.Inbox != "statline-inbox-lab-abcdefghijklmnop" || len(e.Digest) != 64 || (e.Body == "") == (e.Numbers == "") {
			t.Errorf("entry %+v", e)
		}
		sound := e.Fault == nil
		if (e.SentAt.Second() == 1) != sound || (e.Deadline.Minute() == 16) != sound || (e.TraceParent != "") != sound {
			t.Errorf("entry %+v", e)
		}
	}
}

// TestOneLine: no value leaves its line, whatever it holds.
func TestOneLine(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "a b": "a b", " ~": " ~", "a\nb": `"a\nb"`, "\x1f": `"\x1f"`, "\x7f": `"\x7f"`, "ö": `"\u00f6"`,
	} {
		if got := oneLine(value); got != want {
			t.Errorf("%q is written %s, want %s", value, got, want)
		}
	}
}

// TestParseSays: the error says what is wrong with a line.
func TestParseSays(t *testing.T) {
	refused, sound := entryOf(`{"request_id":"r1"}`), entryOf(`{"schema":"statline.request/v1","request_id":"r2","numbers":[1],"quantiles":[0.5]}`)
	text := string(encode([][]byte{refused.append(nil), sound.append(nil)}))
	tests := []struct{ old, new, want string }{
		{"statline.audit/v1", "statline.audit/v9", `line 1: is "statline.audit/v9", not "statline.audit/v1"`},
		{"v1\n\n", "v1\n", "line 2: expected an empty line"},
		{`body      "`, "body      ", "line 6: body: invalid syntax"},
		{"received  2026", "received  20x6", `line 5: received: parsing time "20x6-11-23T04:15:02.201Z"`},
		{"count     1\n", "", "line 20: sum: statistics begin with count"},
		{"count     1\n", "count     one\n", `line 20: count: strconv.Atoi: parsing "one"`},
		{"count     1\n", "method    R7\n", "line 20: method: statistics begin with count"},
		{"count     1\n", "quantile  0.5 1\n", "line 20: quantile: statistics begin with count"},
		{"sum       1\n", "sum       1.0\n", "line 30: the entry above is not written as the log writes it"},
		{"sum       1\n", "sum       one\n", "line 21: sum: "},
		{"quantile  0.5 1", "quantile  0.5 one", "line 29: quantile: "},
		{"quantile  0.5 1", "quantile  half 1", "line 29: quantile: "},
		{"sum       1\n", "", "line 29: the entry above is not complete: "},
		{"status    ok\n", "status    error\n", "line 30: the entry above is not complete"},
		{"status    ok\n", "status    dead\n", "line 30: the entry above is not complete"},
		{"status    error\n", "status    dead\n", "line 12: the entry above is not complete"},
		{"sha256    " + sound.Digest + "\n", "", "line 29: the entry above is not complete"},
		{"request   r2\n", "", "line 29: the entry above is not complete"},
		{"request   r1\n", "request   r1\nrequest   r1\n", `line 4: "request" is no field, or not one that may come here`},
		{"request   r2\n", "x\n", `line 13: "x" is no field, or not one that may come here`},
		{"end 2\n", "end 3\n", `line 31: says "3" entries, but there are 2`},
		{"end 2\n", "end 2\nx\n", "line 31: there is more after the last line"},
		{"\nend 2\n", "", "line 29: the object is cut within an entry"},
		{"end 2\n", "", "line 30: the object is cut: its last line, end 2, is missing"},
	}
	for _, tt := range tests {
		broken := strings.Replace(text, tt.old, tt.new, 1)
		if _, err := Parse([]byte(broken)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("with %q for %q: %v, want %s", tt.new, tt.old, err, tt.want)
		}
	}
}

func TestObjectText(t *testing.T) {
	a, b := entryOf(`{"request_id":"r1"}`), entryOf(`{"schema":"statline.request/v1","request_id":"r2","numbers":[1]}`)
	text := string(encode([][]byte{a.append(nil), b.append(nil)}))
	if want := Format + "\n\n" + a.String() + "\n" + b.String() + "\nend 2\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	got, err := Parse([]byte(text))
	if err != nil || !reflect.DeepEqual(got, []Entry{a, b}) {
		t.Errorf("Parse = %+v, %v", got, err)
	}
	for n := range len(text) {
		if _, err := Parse([]byte(text[:n])); err == nil {
			t.Errorf("cut after %d bytes, not noticed", n)
		}
	}
	broken := map[string]string{
		"another format":     strings.Replace(text, "/v1", "/v9", 1),
		"unknown field":      strings.Replace(text, "sha256 ", "sha255 ", 1),
		"fields in disorder": strings.Replace(text, "request   r1\n", "status    ok\nrequest   r1\n", 1),
		"a field twice":      strings.Replace(text, "request   r1\n", "request   r1\nrequest   r1\n", 1),
		"entry missing":      strings.Replace(text, a.String()+"\n", "", 1),
		"more after the end": text + "\n",
		"no status":          strings.Replace(text, "status    ok\n", "", 1),
		"body unquoted":      strings.Replace(text, `body      "`, `body      `, 1),
		"time":               strings.Replace(text, "received  2026", "received  20x6", 1),
		"count":              strings.Replace(text, "count     1", "count     one", 1),
		"count of less":      strings.Replace(text, "count     1", "count     0", 1),
		"a figure missing":   strings.Replace(text, "sum       1\n", "", 1),
		"a figure rewritten": strings.Replace(text, "sum       1\n", "sum       1.0\n", 1),
		"a figure is none":   strings.Replace(text, "sum       1\n", "sum       \x1b[2J\n", 1),
		"a figure too many":  strings.Replace(text, "median    1\n", "median    1\nvariance  0\nstddev    0\n", 1),
		"method":             strings.Replace(text, "method    R7", "method    \x1b[2J", 1),
		"quantile is none":   strings.Replace(text, "method    R7\n", "method    R7\nquantile  0.5 \x1b[2J\n", 1),
		"quantile alone":     strings.Replace(text, "method    R7\n", "method    R7\nquantile  0.5\n", 1),
		"quantile misplaced": strings.Replace(text, "count     1\n", "quantile  0.5 1\ncount     1\n", 1),
		"method misplaced":   strings.Replace(text, "count     1\n", "method    R7\n", 1),
		"statistics twice":   strings.Replace(text, "method    R7\n", "method    R7\ncount     1\n", 1),
		"a line too short":   strings.Replace(text, "status    ok\n", "status ok\n", 1),
		"trailing space":     strings.Replace(text, "status    ok\n", "status    ok \n", 1),
	}
	for name, text := range broken {
		if entries, err := Parse([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: Parse = %d entries, %v; want an error that names the line", name, len(entries), err)
		}
	}
}

// TestRoundTrip: whatever clients send, the text of the log is printable ASCII, has
// the entries that were written and no other, and reads back as them.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bodies := rapid.SliceOfN(rapid.OneOf(rapid.String(), requests()), 1, 5).Draw(t, "bodies")
		var want []Entry
		var paragraphs [][]byte
		for _, body := range bodies {
			for _, in := range message.Parse("statline", []byte(body)) {
				e := NewEntry(in, "m1", received)
				want = append(want, e)
				paragraphs = append(paragraphs, e.append(nil))
			}
		}
		text := encode(paragraphs)
		for i, c := range text {
			if c != '\n' && (c < ' ' || c > '~') {
				t.Fatalf("byte %d is %#x", i, c)
			}
		}
		got, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) || !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}

// requests generates bodies that are nearly right.
func requests() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		list := rapid.SampledFrom([]string{"[1]", "[1,2.50,-3e2]", "[]", "[null]", "[1e1000,1e-1000]"}).Draw(t, "list")
		more := rapid.SampledFrom([]string{"", `,"client_id":"lab"`, `,"quantiles":[0.5,0.25],"quantile_method":"R8"`, `,"deadline":"2020-01-01T00:00:00Z"`, `,"x":1`, `," ":1`, `,"  x ":1`, `,"":1`, `,"\n":1`, `,"end 1":1`}).Draw(t, "more")
		return `{"schema":"statline.request/v1","request_id":"r1","numbers":` + list + more + `}`
	})
}

func FuzzParse(f *testing.F) {
	f.Add(encode([][]byte{[]byte(entryOf(`{"request_id":"r1"}`).String())}))
	f.Add(encode([][]byte{[]byte(entryOf(`{"schema":"statline.request/v1","request_id":"r2","numbers":[1,2],"quantiles":[0.5]}`).String())}))
	f.Add(encode(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := Parse(text)
		if err != nil {
			return
		}
		var paragraphs [][]byte
		for _, e := range entries {
			paragraphs = append(paragraphs, e.append(nil))
		}
		again, err := Parse(encode(paragraphs))
		if err != nil || !reflect.DeepEqual(again, entries) {
			t.Errorf("read as %+v, written and read again as %+v, %v", entries, again, err)
		}
	})
}

func TestKey(t *testing.T) {
	k := Key{First: received, Last: received.Add(1500 * time.Millisecond), Writer: "k3j4h5g6", Seq: 12}
	want := "logs/2026/11/23/04/1795407302201-1795407303701-k3j4h5g6-00000012.txt"
	if k.String() != want {
		t.Errorf("key %s, want %s", k, want)
	}
	back, err := ParseKey(want)
	if err != nil || back != k {
		t.Errorf("ParseKey = %+v, %v", back, err)
	}
	for _, bad := range []string{
		"", "logs/", strings.Replace(want, "/04/", "/05/", 1), strings.Replace(want, "k3j4", "K3J4", 1), want + "x",
		strings.Replace(want, "303701", "302200", 1), strings.Replace(want, ".txt", ".json", 1), strings.Replace(want, "1795407302201", "795407302201", 1),
	} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("ParseKey(%q) took it", bad)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("logs/2026/11/23/04/1795407302201-1795407303701-k3j4h5g6-00000012.txt")
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParseKey(s); err == nil && k.String() != s {
			t.Errorf("%q reads as %s", s, k)
		}
	})
}

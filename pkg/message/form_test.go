package message

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/stats"
)

// TestReplyForm: a reply is written as encoding/json writes its document, whatever
// it holds.
func TestReplyForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`), rapid.String())
		r := Reply{RequestID: text.Draw(t, "id"), Nonce: text.Draw(t, "nonce"), Status: Status(text.Draw(t, "status"))}
		if rapid.Bool().Draw(t, "has a fault") {
			r.Fault = &Fault{Code: Internal, Message: text.Draw(t, "message"), Path: text.Draw(t, "path")}
		}
		if rapid.Bool().Draw(t, "has a result") {
			l, err := stats.ParseText([]byte("7 8 54 89"))
			if err != nil {
				t.Fatal(err)
			}
			s := stats.Summarize(l, stats.Options{})
			r.Result = &s
		}
		doc := document{Schema: ReplySchema, RequestID: r.RequestID, Nonce: r.Nonce, Status: r.Status, Result: r.Result, Error: r.Fault}
		if rapid.Bool().Draw(t, "has a time") {
			r.CompletedAt = time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "time"))
			doc.CompletedAt = FormatTime(r.CompletedAt)
		}
		got, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		want, err := plainJSON(doc)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s\nwant %s", got, want)
		}
	})
}

// TestRequestForm: what a client writes is read as it was meant.
func TestRequestForm(t *testing.T) {
	l, err := stats.ParseText([]byte("7 8e0 5.40 -89"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := stats.ParseText([]byte("0.9 0.50"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 4, 15, 2, 123e6, time.UTC)
	r := Request{
		ID: "r1", Numbers: l, ClientID: "lab", Inbox: NewInbox("statline", "lab"), Nonce: NewNonce(), SentAt: at, Deadline: at.Add(time.Hour),
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Quantiles: q, Method: stats.R6,
	}
	for _, r := range []Request{r, {ID: "r2", Numbers: l}} {
		body, err := r.MarshalJSON()
		if err != nil || !json.Valid(body) {
			t.Fatalf("%s: %v", body, err)
		}
		in := Parse("statline", body)
		if len(in) != 1 || in[0].Fault != nil || in[0].Digest != r.Digest() || string(in[0].Numbers.Text()) != string(l.Text()) {
			t.Fatalf("%s is read as %+v, %v", body, in[0], in[0].Fault)
		}
		again, err := in[0].MarshalJSON()
		if err != nil || string(again) != string(body) {
			t.Errorf("%s\nis written again as\n%s", body, again)
		}
	}
}

// TestNames: the quick checks of names are what their patterns say.
func TestNames(t *testing.T) {
	id := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	client := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$`)
	nonce := regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[A-Za-z0-9_-]{0,130}`), rapid.String(),
			rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_-]{22,24}`), rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_-]{62,64}[@\[{~/:.^]?`),
		).Draw(t, "name")
		if got, want := validName(s, 64), id.MatchString(s); got != want {
			t.Errorf("ID %q: %v, want %v", s, got, want)
		}
		if got, want := ValidClientID(s), client.MatchString(s); got != want {
			t.Errorf("client %q: %v, want %v", s, got, want)
		}
		if got, want := validNonce(s), nonce.MatchString(s); got != want {
			t.Errorf("nonce %q: %v, want %v", s, got, want)
		}
	})
	for c := range 256 { // every byte
		s := "a" + string([]byte{byte(c)})
		if got, want := validName(s, 64), id.MatchString(s); got != want {
			t.Errorf("byte %#x: %v, want %v", c, got, want)
		}
	}
}

// TestPack: what is packed is unpacked to the same requests.
func TestPack(t *testing.T) {
	bodies := []string{
		`{"schema":"statline.request/v1","request_id":"r1","numbers":[1]}`,
		`{"schema":"statline.request/v1","request_id":"r2","numbers":[2,3]}`,
		`{"schema":"statline.request/v1","request_id":"r3","numbers":[]}`,
	}
	for n := 1; n <= len(bodies); n++ {
		in := Parse("statline", []byte(Pack(bodies[:n])))
		if len(in) != n {
			t.Fatalf("%d requests of %d", len(in), n)
		}
		for i, in := range in {
			if string(in.Raw) != bodies[i] || (in.Fault != nil) != (i == 2) {
				t.Errorf("request %d is %s, %v", i, in.Raw, in.Fault)
			}
		}
	}
	// The schema may be written with escapes.
	if in := Parse("statline", []byte(`{"schema":"statline.request\u0073/v1","requests":[`+bodies[0]+`]}`)); len(in) != 1 || in[0].ID != "r1" || in[0].Fault != nil {
		t.Errorf("an escaped schema: %+v", in)
	}
}

// TestPlain: what counts as a plain string is a string, and says what it shows.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.StringMatching(`"[ -~]{0,8}"`), rapid.StringMatching(`"[ -~]{0,8}`), rapid.StringMatching(`[\x00-\x7f]{0,4}`),
			rapid.Map(rapid.String(), func(s string) string { return `"` + s + `"` }),
		).Draw(t, "value")
		var want string
		err := json.Unmarshal([]byte(value), &want)
		if isPlain([]byte(value)) && (err != nil || want != value[1:len(value)-1]) {
			t.Errorf("%q is taken for plain: %q, %v", value, want, err)
		}
		if err == nil && want == value[min(1, len(value)):max(len(value)-1, 0)] && regexp.MustCompile(`^[ -~]*$`).MatchString(want) && !isPlain([]byte(value)) {
			t.Errorf("%q is not taken for plain", value)
		}
	})
}

// TestTimeForm: times are written as package time writes the form, whatever the
// time, and only what is written so has the form.
func TestTimeForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<36, 1<<38).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds"))
		at = at.In(time.FixedZone("", 60*rapid.IntRange(-720, 720).Draw(t, "minutes east")))
		got, want := FormatTime(at), at.UTC().Format(timeForm)
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if has := hasTimeForm(got); has != (len(got) == len(timeForm)) {
			t.Errorf("%q has the form: %t", got, has)
		}
	})
	for _, other := range []string{
		"", "2026-01-31T08:30:00Z", "2026-01-31T08:30:00.0000Z", "2026-01-31T08:30:00.00aZ", "2026-01-31t08:30:00.000Z",
		"2026-01-31T08:30:00,000Z", "20260-01-31T8:30:00.000Z", "2026-01-31T08:30:00.0000", "2026-01-31T08:30:00.000z",
	} {
		if hasTimeForm(other) {
			t.Errorf("%q has the form", other)
		}
	}
}

// TestMostBytes: no reply is longer than what it is taken to have at most.
func TestMostBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`-?[1-9][0-9]{0,40}(e-?[1-8][0-9]{0,2})?`)
		tokens := rapid.SliceOfN(token, 1, 20).Draw(t, "numbers")
		numbers, err := stats.ParseText([]byte(strings.Join(tokens, " ")))
		if err != nil {
			t.Fatal(err)
		}
		in := Incoming{Request: Request{ID: strings.Repeat("i", 64), Numbers: numbers}}
		if n := rapid.IntRange(0, MaxQuantiles).Draw(t, "quantiles"); n > 0 {
			if in.Quantiles, err = stats.ParseText([]byte(strings.ReplaceAll(quantiles(n), ",", " "))); err != nil {
				t.Fatal(err)
			}
		}
		r := in.Answer()
		r.Nonce, r.CompletedAt = strings.Repeat("n", maxNonce), time.Unix(0, 0)
		body, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if most := mostBytes(r.Result); len(body) > most || len(body) < most-1500 {
			t.Errorf("%d bytes, taken to be at most %d", len(body), most)
		}
	})
}

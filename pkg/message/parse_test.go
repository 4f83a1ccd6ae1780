package message

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/message/messagetest"
)

const inbox = "statline-inbox-lab-abcdefghijklmnop"

func quantiles(n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprintf("0.%03d", i+1)
	}
	return strings.Join(s, ",")
}

// TestRefusalAddress says when a refusal can be replied, and when not.
func TestRefusalAddress(t *testing.T) {
	tests := []struct{ name, body, inbox, nonce string }{
		{"all", `{"request_id":"r1","client_id":"lab","inbox":"` + inbox + `","nonce":"n","numbers":[,]}`, inbox, "n"},
		{"client twice", `{"request_id":"r1","client_id":"lab","client_id":"lab","inbox":"` + inbox + `","nonce":"n"}`, "", "n"},
		{"no ID", `{"client_id":"lab","inbox":"` + inbox + `","nonce":"n"}`, "", ""},
		{"foreign inbox", `{"request_id":"r1","client_id":"law","inbox":"` + inbox + `","nonce":"n"}`, "", "n"},
		{"nested", `{"request_id":"r1","x":{"client_id":"lab","inbox":"` + inbox + `","nonce":"n"}}`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := Parse("statline", []byte(tt.body))[0]
			if in.Inbox != tt.inbox || in.Nonce != tt.nonce {
				t.Errorf("inbox %q nonce %q, want %q %q", in.Inbox, in.Nonce, tt.inbox, tt.nonce)
			}
		})
	}
}

func TestParseSound(t *testing.T) {
	body := ` {"schema":"statline.request/v1","request_id":"r1","numbers":[ 7, 8,54,89 ],"client_id":"lab","inbox":"` + inbox +
		`","nonce":"n1","sent_at":"2026-11-23T04:15:02.123Z","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","quantiles":[0.9,0.25]} `
	in := Parse("statline", []byte(body))[0]
	if in.Fault != nil {
		t.Fatal(in.Fault)
	}
	if got := string(in.Numbers.Text()); got != "7,8,54,89" {
		t.Errorf("numbers %q", got)
	}
	// echo -ne '7,8,54,89\n0.9,0.25\nR7' | sha256sum
	if want := "32ab21a20c1e27f0213f61704f64b7282d76451290998c532f2da3d9b04289cd"; in.Digest != want {
		t.Errorf("digest %s, want %s", in.Digest, want)
	}
	reply := in.Answer()
	got, err := json.Marshal(reply)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":"statline.reply/v1","request_id":"r1","status":"ok","result":{"count":4,"sum":158,"min":7,"max":89,"mean":39.5,` +
		`"median":31,"variance":1569.6666666666667,"stddev":39.619019001821165,"q1":7.75,"q3":62.75,"quantiles":{"0.25":7.75,"0.9":78.5},"quantile_method":"R7"}}`
	if string(got) != want {
		t.Errorf("answer\n%s\nwant\n%s", got, want)
	}
}

// TestTooLargeResult asks for more than a reply can hold.
func TestTooLargeResult(t *testing.T) {
	digits := strings.Repeat("9", 999)
	body := `{"schema":"statline.request/v1","request_id":"r1","numbers":[` + digits + `e-1000,` + digits + `e1],"quantiles":[` + quantiles(100) + `]}`
	reply := Parse("statline", []byte(body))[0].Answer()
	if reply.Status != StatusError || reply.Fault.Code != TooLarge {
		t.Errorf("answer %v %v, want too_large", reply.Status, reply.Fault)
	}
}

func TestPacked(t *testing.T) {
	one := `{"schema":"statline.request/v1","request_id":"a","numbers":[1]}`
	broken := `{"schema":"statline.request/v1","request_id":"b","numbers":[1,,2]}`
	body := `{"schema":"statline.requests/v1","requests":[` + one + `, ` + broken + `,5,"x]"]}`
	got := Parse("statline", []byte(body))
	if len(got) != 4 {
		t.Fatalf("%d requests, want 4", len(got))
	}
	if got[0].Fault != nil || got[0].ID != "a" || string(got[0].Raw) != one {
		t.Errorf("first: %+v", got[0])
	}
	if got[1].ID != "b" || got[1].Fault == nil || string(got[1].Raw) != broken {
		t.Errorf("second: %+v", got[1])
	}
	for _, in := range got[2:] {
		if in.Fault == nil || in.Fault.Code != InvalidJSON || !strings.HasPrefix(in.ID, "bad-") {
			t.Errorf("element: %+v", in)
		}
	}
	for name, body := range map[string]string{
		"unknown key": `{"schema":"statline.requests/v1","requests":[` + one + `],"x":1}`,
		"twice":       `{"schema":"statline.requests/v1","requests":[` + one + `],"requests":[]}`,
		"empty":       `{"schema":"statline.requests/v1","requests":[]}`,
		"missing":     `{"schema":"statline.requests/v1"}`,
		"no array":    `{"schema":"statline.requests/v1","requests":5}`,
		"unclosed":    `{"schema":"statline.requests/v1","requests":[` + one + ``,
		"no comma":    `{"schema":"statline.requests/v1","requests":[` + one + one + `]}`,
		"trailing":    `{"schema":"statline.requests/v1","requests":[` + one + `]}]`,
	} {
		got := Parse("statline", []byte(body))
		if len(got) != 1 || got[0].Fault == nil || !strings.HasPrefix(got[0].ID, "bad-") {
			t.Errorf("%s: %+v, want one refusal of the whole", name, got)
		}
	}
}

// FuzzParse holds the codec to what it promises of any body.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"schema":"statline.request/v1","request_id":"a","numbers":[1,2.5e3,-0]}`,
		`{"schema":"statline.requests/v1","requests":[{"request_id":"a"},{}]}`,
		`{"request_id":"a","numbers":[1,null]}`, `{"a":"\ud800"}`, `{`, `"`, `{"x":[{"request_id":"`, "{\"\xff\":1}",
	} {
		f.Add([]byte(s))
	}
	for _, c := range messagetest.Cases() {
		f.Add(c.Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in := Parse("statline", body)
		if len(in) == 0 {
			t.Fatal("nothing to answer")
		}
		for _, in := range in {
			check(t, in)
		}
	})
}

func check(t *testing.T, in Incoming) {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`).MatchString(in.ID) || len(in.Digest) != 64 {
		t.Errorf("ID %q, digest %q", in.ID, in.Digest)
	}
	if in.Inbox != "" && !ValidInbox("statline", in.ClientID, in.Inbox) {
		t.Errorf("inbox %q", in.Inbox)
	}
	reply := in.Answer()
	if (reply.Status == StatusOK) != (in.Fault == nil) && reply.Fault.Code != TooLarge {
		t.Errorf("fault %v answered %v", in.Fault, reply)
	}
	if reply.Fault != nil && strings.ContainsFunc(reply.Fault.Message+reply.Fault.Path, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("message %q is not printable ASCII", reply.Fault.Message)
	}
	body, err := json.Marshal(reply)
	if err != nil {
		t.Fatal(err)
	}
	var back Reply
	if err := json.Unmarshal(body, &back); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if in.Fault != nil {
		return
	}
	checkRoundTrip(t, in)
}

// checkRoundTrip writes a sound request again and reads that.
func checkRoundTrip(t *testing.T, in Incoming) {
	t.Helper()
	again, err := json.Marshal(in.Request)
	if err != nil {
		t.Fatal(err)
	}
	if len(again) > MaxBody {
		return
	}
	second := Parse("statline", again)[0]
	if second.Fault != nil || second.Digest != in.Digest {
		t.Fatalf("written again as %s: %v", again, second.Fault)
	}
	first := in.Request
	first.SentAt, first.Deadline = first.SentAt.Truncate(time.Millisecond), first.Deadline.Truncate(time.Millisecond)
	first.Numbers, first.Quantiles = second.Numbers, second.Quantiles // as the digests say
	if !reflect.DeepEqual(first, second.Request) {
		t.Fatalf("%+v is read again as %+v", first, second.Request)
	}
}

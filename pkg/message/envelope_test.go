package message

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/statline/statline/pkg/message/messagetest"
	"github.com/statline/statline/pkg/stats/statstest"
)

// The rules of a request, written down once more: what its strings look like
// besides.
var rules = map[string]*regexp.Regexp{
	"schema":          regexp.MustCompile(`\Astatline\.request/v1\z`),
	"request_id":      regexp.MustCompile(`\A[[:alnum:]][-\w]{0,63}\z`),
	"client_id":       regexp.MustCompile(`\A[[:alnum:]][-\w]{0,23}\z`),
	"inbox":           regexp.MustCompile(`\A[-\w]{1,80}\z`),
	"nonce":           regexp.MustCompile(`\A[-\w]{1,128}\z`),
	"sent_at":         regexp.MustCompile(`\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00|-00:00)\z`),
	"deadline":        regexp.MustCompile(`\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00|-00:00)\z`),
	"traceparent":     regexp.MustCompile(`\A[[:xdigit:]]{2}-[[:xdigit:]]{32}-[[:xdigit:]]{16}-[[:xdigit:]]{2}\z`),
	"quantile_method": regexp.MustCompile(`\AR[1-9]\z`),
}

// zeroTime is how a time is written that stands for none, to the millisecond.
var zeroTime = regexp.MustCompile(`\A0001-01-01T00:00:00(\.(0{1,3}|000\d+))?[-Z+]`)

// envelope reads the members of a JSON object by encoding/json alone. It reports
// false for anything else, and for a key that occurs twice.
func envelope(body []byte) (members map[string]json.RawMessage, ok bool) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	members = map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if _, twice := members[key.(string)]; twice || dec.Decode(&value) != nil {
			return nil, false
		}
		members[key.(string)] = value
	}
	return members, true
}

// sound says whether the members are those of a request that must be accepted.
func sound(members map[string]json.RawMessage) bool {
	text := map[string]string{}
	for key, value := range members {
		switch rule := rules[key]; {
		case rule != nil:
			var s *string
			if json.Unmarshal(value, &s) != nil || s == nil || !rule.MatchString(*s) {
				return false
			}
			text[key] = *s
		case key == "numbers":
			if tokens, ok := soundNumbers(value); !ok || len(tokens) == 0 {
				return false
			}
		case key == "quantiles":
			if tokens, ok := soundNumbers(value); !ok || !soundQuantiles(tokens) {
				return false
			}
		default:
			return false
		}
	}
	_, hasNumbers := members["numbers"]
	return text["schema"] != "" && text["request_id"] != "" && hasNumbers && soundText(text)
}

// soundText holds strings to what a regular expression does not say.
func soundText(text map[string]string) bool {
	if text["request_id"] == "last" || strings.HasPrefix(text["request_id"], "bad-") {
		return false
	}
	if inbox, ok := text["inbox"]; ok {
		client := text["client_id"]
		if client == "" {
			client = "anon"
		}
		i := strings.LastIndex(inbox, "-")
		random := inbox[i+1:]
		if i < 0 || inbox[:i] != "statline-inbox-"+client || len(random) < 16 || len(random) > 32 || strings.Contains(random, "_") {
			return false
		}
	}
	for _, key := range []string{"sent_at", "deadline"} {
		if s, ok := text[key]; ok {
			if _, err := time.Parse(time.RFC3339Nano, s); err != nil || zeroTime.MatchString(s) {
				return false
			}
		}
	}
	trace, ok := text["traceparent"]
	return !ok || trace == strings.ToLower(trace) && trace[:2] != "ff" &&
		trace[3:35] != strings.Repeat("0", 32) && trace[36:52] != strings.Repeat("0", 16)
}

// soundNumbers reads an array of numbers within the limits.
func soundNumbers(value json.RawMessage) (tokens []string, ok bool) {
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil || elements == nil {
		return nil, false
	}
	for _, e := range elements {
		if !strings.ContainsRune("-0123456789", rune(e[0])) || !statstest.WithinLimits(string(e)) {
			return nil, false
		}
		tokens = append(tokens, string(e))
	}
	return tokens, true
}

func soundQuantiles(tokens []string) bool {
	seen := map[string]bool{}
	for _, token := range tokens {
		p := statstest.Rat(token)
		mantissa, _, _ := strings.Cut(strings.ToLower(token), "e")
		digits := strings.Trim(strings.Replace(strings.TrimPrefix(mantissa, "-"), ".", "", 1), "0")
		if p.Sign() < 0 || p.Cmp(big.NewRat(1, 1)) > 0 || len(digits) > 20 || seen[p.String()] {
			return false
		}
		seen[p.String()] = true
	}
	return len(tokens) <= 100
}

// FuzzEnvelope compares what is accepted, and how it is read, with encoding/json
// and the rules above.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		`{"schema":"statline.request/v1","request_id":"r1","numbers":[1,2.5e3,-0]}`,
		` { "schema" : "statline.request\/v1" , "request\u005fid" : "r\u0031" , "numbers" : [ 1 , 1e1000 ] } `,
		`{"schema":"statline.request/v1","request_id":"r1","numbers":[1],"client_id":"lab","inbox":"` + inbox + `","nonce":"n",` +
			`"sent_at":"2026-01-31T08:30:00.123456Z","deadline":"2026-02-28T23:59:59+00:00",` +
			`"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","quantiles":[0,0.5,1e-9,1.0],"quantile_method":"R1"}`,
		`{"schema":"statline.request/v1","request_id":"r1","numbers":[1],"inbox":"statline-inbox-anon-abcdefghijklmnop","quantiles":[]}`,
		`{"schema":"statline.requests/v1","requests":[{"schema":"statline.request/v1","request_id":"a","numbers":[1]},{}]}`,
	} {
		f.Add([]byte(s))
	}
	for _, c := range messagetest.Cases() {
		f.Add(c.Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, ok := envelope(body)
		in := Parse("statline", body)
		if packed(body) {
			checkPacked(t, in, members)
			return
		}
		accepted := in[0].Fault == nil
		if want := ok && len(body) <= MaxBody && sound(members); accepted != want {
			t.Fatalf("%q: accepted is %t (%v), want %t", body, accepted, in[0].Fault, want)
		}
		if accepted {
			checkMembers(t, in[0].Request, members)
		}
	})
}

// checkPacked compares the requests of a message with its elements, where
// encoding/json can read it.
func checkPacked(t *testing.T, in []Incoming, members map[string]json.RawMessage) {
	var elements []json.RawMessage
	if len(members) != 2 || json.Unmarshal(members["requests"], &elements) != nil || len(elements) == 0 || len(elements) > MaxRequests {
		if len(in) == 1 && in[0].Fault == nil {
			t.Fatalf("accepted %q", in[0].Raw)
		}
		return
	}
	if len(in) != len(elements) {
		t.Fatalf("%d requests, want %d", len(in), len(elements))
	}
	for i, e := range elements {
		if !bytes.Equal(in[i].Raw, e) {
			t.Fatalf("request %d is %q, want %q", i, in[i].Raw, e)
		}
		members, ok := envelope(e)
		if want := ok && sound(members); (in[i].Fault == nil) != want {
			t.Fatalf("%q: %v, accepted should be %t", e, in[i].Fault, want)
		}
	}
}

// checkMembers compares a request with the members that it was read from.
func checkMembers(t *testing.T, r Request, members map[string]json.RawMessage) {
	for key, got := range map[string]string{
		"request_id": r.ID, "client_id": r.ClientID, "inbox": r.Inbox, "nonce": r.Nonce,
		"traceparent": r.TraceParent, "quantile_method": string(r.Method),
	} {
		var want string
		if value := members[key]; value != nil && json.Unmarshal(value, &want) != nil || got != want {
			t.Fatalf("%s is %q, want %q", key, got, want)
		}
	}
	for key, got := range map[string]time.Time{"sent_at": r.SentAt, "deadline": r.Deadline} {
		var want time.Time
		if value := members[key]; value != nil && json.Unmarshal(value, &want) != nil || !got.Equal(want) {
			t.Fatalf("%s is %s, want %s", key, got, want)
		}
	}
	numbers, _ := soundNumbers(members["numbers"])
	if got := strings.Split(string(r.Numbers.Text()), ","); !slices.Equal(got, numbers) {
		t.Fatalf("numbers are %q, want %q", got, numbers)
	}
	for i, token := range numbers {
		if statstest.Rat(r.Numbers.At(i).String()).Cmp(statstest.Rat(token)) != 0 {
			t.Fatalf("number %d is %s, want %s", i, r.Numbers.At(i), token)
		}
	}
	quantiles, _ := soundNumbers(members["quantiles"])
	if (r.Quantiles == nil) != (len(quantiles) == 0) || r.Quantiles != nil && string(r.Quantiles.Text()) != strings.Join(quantiles, ",") {
		t.Fatalf("quantiles are %v, want %q", r.Quantiles, quantiles)
	}
}

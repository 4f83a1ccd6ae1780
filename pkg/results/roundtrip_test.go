package results

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// TestRoundTrip: whatever the request, what the table gives back is the very reply
// that was put.
func TestRoundTrip(t *testing.T) {
	s, _ := open(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		r := draw(t, fmt.Sprintf("r%d", n))
		put, err := s.Put(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(t.Context(), r.RequestID)
		if err != nil {
			t.Fatal(err)
		}
		if document(t, put) != document(t, r) {
			t.Fatalf("put %s, want %s", document(t, put), document(t, r))
		}
		checkSame(t, got, r)
	})
}

// TestRowRoundTrip is the same for thousands of requests, without the endpoint but
// with its way of writing numbers.
func TestRowRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			r := draw(t, "r")
			it := itemOf(r)
			rewrite(t, it)
			got, err := parse(it)
			if err != nil {
				t.Fatal(err)
			}
			checkSame(t, got, r)
		}
	})
}

// draw generates a row.
func draw(t *rapid.T, id string) Result {
	r := answerTo(bodies().Draw(t, "body"))
	r.RequestID = id
	return r
}

func checkSame(t *rapid.T, got, want Result) {
	if document(t, got) != document(t, want) {
		t.Fatalf("got  %s\nwant %s", document(t, got), document(t, want))
	}
	if got.Digest != want.Digest || got.ClientID != want.ClientID || message.FormatTime(got.SentAt) != message.FormatTime(want.SentAt) || !got.ExpiresAt.Equal(want.ExpiresAt.Truncate(time.Second)) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

// rewrite writes every number in plain notation. What is no number of DynamoDB's
// fails.
func rewrite(t *rapid.T, it item) {
	for name, v := range it {
		switch v := v.(type) {
		case *types.AttributeValueMemberM:
			rewrite(t, v.Value)
		case *types.AttributeValueMemberN:
			n, ok := new(big.Rat).SetString(v.Value)
			if !ok || !fits(stats.Figure(v.Value)) {
				t.Fatalf("%s: %s is no number of DynamoDB's", name, v.Value)
			}
			plain := n.FloatString(130 + 38)
			if back, _ := new(big.Rat).SetString(plain); back.Cmp(n) != 0 {
				t.Fatalf("%s: %s needs more digits than DynamoDB has", name, v.Value)
			}
			v.Value = strings.TrimSuffix(strings.TrimRight(plain, "0"), ".")
		}
	}
}

// bodies generates requests with wild numbers, and a few that are refused.
func bodies() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 19).Draw(t, "refused") == 0 {
			return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`{"request_id":"r"}`, request("r", ""), request("r", "1,"), request("r", "1e1001"), `{" ":1}`})).Draw(t, "body")
		}
		doc := map[string]any{"schema": message.RequestSchema, "request_id": "r", "numbers": json.RawMessage("[" + strings.Join(rapid.SliceOfN(numbers(), 1, 6).Draw(t, "numbers"), ",") + "]")}
		if rapid.Bool().Draw(t, "client") {
			doc["client_id"], doc["sent_at"] = "lab", "2026-11-23T04:15:02.123456Z"
		}
		if rapid.Bool().Draw(t, "method") {
			doc["quantile_method"] = rapid.SampledFrom([]stats.Method{stats.R1, stats.R2, stats.R3, stats.R4, stats.R5, stats.R6, stats.R7, stats.R8, stats.R9}).Draw(t, "which")
		}
		ps := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"0", "1", "0.5", "0.10", "9e-1", "0.99", "0.333", "1e-20", "0.00000000000000000001", "0.99999999999999999999", "1e-7"}), 0, 5, rapid.ID).Draw(t, "quantiles")
		doc["quantiles"] = json.RawMessage("[" + strings.Join(ps, ",") + "]")
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	})
}

// numbers generates JSON numbers from everywhere, and most of all from about the
// limits of DynamoDB's.
func numbers() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		sign := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign")
		if rapid.IntRange(0, 9).Draw(t, "plain") == 0 {
			return sign + rapid.SampledFrom([]string{"0", "0.0", "0e9999", "1e1000", "1e-1000", "9.99e1000", "0.1", "12345678901234567890"}).Draw(t, "number")
		}
		length := rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, 18), rapid.IntRange(15, 18), rapid.IntRange(36, 40), rapid.IntRange(36, 40), rapid.SampledFrom([]int{999, 1000})).Draw(t, "digits")
		block := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 1, 7, -1).Draw(t, "block")
		digits := strings.Repeat(block, length/len(block)+1)[:length-1]
		exponent := rapid.OneOf(rapid.IntRange(-7, 22), rapid.IntRange(-132, -128), rapid.IntRange(60, 66), rapid.IntRange(123, 127), rapid.IntRange(-1000, 1000)).Draw(t, "exponent")
		token := sign + rapid.StringOfN(rapid.RuneFrom([]rune("123456789")), 1, 1, -1).Draw(t, "first")
		if digits != "" {
			token += "." + digits
		}
		return token + rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e") + fmt.Sprint(exponent)
	})
}

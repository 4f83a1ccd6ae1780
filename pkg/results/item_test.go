package results

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// TestFits holds the rule to the endpoint's own: what fits is taken as an N and
// comes back as the same number, and what does not fit is refused.
func TestFits(t *testing.T) {
	s, _ := open(t)
	nines := strings.Repeat("9", 38)
	tests := []struct {
		figure stats.Figure
		want   bool
	}{
		{"0", true},
		{"1", true},
		{"-1.5", true},
		{"0.000001", true},
		{"1e+125", true},
		{"-1e+125", true},
		{stats.Figure("9." + nines[1:] + "e+125"), true},
		{stats.Figure("-9." + nines[1:] + "e+125"), true},
		{"1e+126", false},
		{"-1e+126", false},
		{"1e+1000", false},
		{"1e-130", true},
		{"-1e-130", true},
		{"9.9e-131", false},
		{"1e-131", false},
		{stats.Figure("1." + nines[1:] + "e-130"), true},
		{stats.Figure("0." + nines), true},
		{stats.Figure("0." + nines + "9"), false},
		{stats.Figure("0.00001" + nines[1:]), true},
		{stats.Figure("0.00001" + nines), false},
		{stats.Figure("1." + nines), false},
		{stats.Figure(nines[:10] + "." + nines[:28]), true},
		{stats.Figure(nines[:10] + "." + nines[:29]), false},
		{stats.Figure("1.00000000000000000000000000000000000001e+38"), false},
		{"100000000000000000000", true},
	}
	for i, tt := range tests {
		v := figure(tt.figure)
		n, isNumber := v.(*types.AttributeValueMemberN)
		if isNumber != tt.want || fits(tt.figure) != tt.want {
			t.Errorf("%s: is a number: %t, want %t", tt.figure, isNumber, tt.want)
		}
		if !isNumber {
			n = &types.AttributeValueMemberN{Value: string(tt.figure)}
		}
		id := fmt.Sprintf("r%d", i)
		_, err := s.DynamoDB.PutItem(t.Context(), s.putInput(item{"request_id": text(id), "n": n}))
		if (err == nil) != tt.want {
			t.Errorf("%s: DynamoDB takes it as a number: %v, want %t", tt.figure, err, tt.want)
		}
		if err != nil {
			continue
		}
		a := attributes{values: s.raw(t, id)}
		if got := a.figure("n", a.values["n"]); got != tt.figure || a.err != nil {
			t.Errorf("%s comes back as %s, %v", tt.figure, got, a.err)
		}
	}
}

// TestRow shows the whole row of one request, as DynamoDB gives it back.
func TestRow(t *testing.T) {
	s, _ := open(t)
	sound := answerTo(`{"schema":"statline.request/v1","request_id":"r1","numbers":[7,8,54,1e300],"client_id":"lab","sent_at":"2026-11-23T04:15:02.1234567Z","quantiles":[0.50,0.125]}`)
	refused := answerTo(`{"schema":"statline.request/v1","request_id":"r2","numbers":[1,null]}`)
	want := map[string]item{
		"r1": {
			"request_id": text("r1"), "status": text("ok"), "client_id": text("lab"), "input_sha256": text(sound.Digest),
			"sent_at": text("2026-11-23T04:15:02.123Z"), "completed_at": text("2026-11-23T04:15:02.201Z"),
			"ttl": number("1803183302"), "shard": text("2026-11-23#02"), "sort": text("2026-11-23T04:15:02.201Z#r1"),
			"count": number("4"), "min": number("7"), "median": number("31"), "q1": number("7.75"), "quantile_method": text("R7"),
			"sum": text(string(sound.Result.Sum)), "max": text("1e+300"), "mean": text("2.5e+299"),
			"variance": text("2.5e+599"), "stddev": text("5e+299"), "q3": text(string(sound.Result.Q3)),
			"quantiles": &types.AttributeValueMemberM{Value: item{"0.5": number("31"), "0.125": number("7.375")}},
		},
		"r2": {
			"request_id": text("r2"), "status": text("error"), "input_sha256": text(refused.Digest),
			"completed_at": text("2026-11-23T04:15:02.201Z"), "ttl": number("1803183302"),
			"shard": text("2026-11-23#1b"), "sort": text("2026-11-23T04:15:02.201Z#r2"),
			"error_code": text("invalid_number"), "error_message": text("numbers[1]: null is not a number"), "error_path": text("numbers[1]"),
		},
	}
	for _, r := range []Result{sound, refused} {
		if _, err := s.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		got := s.raw(t, r.RequestID)
		for name, v := range want[r.RequestID] {
			if fmt.Sprint(value(got[name])) != fmt.Sprint(value(v)) {
				t.Errorf("%s: %s is %v, want %v", r.RequestID, name, value(got[name]), value(v))
			}
		}
		if len(got) != len(want[r.RequestID]) {
			t.Errorf("%s has %d attributes, want %d", r.RequestID, len(got), len(want[r.RequestID]))
		}
	}
}

// TestLeftOut: what a result does not have is no attribute of its row.
func TestLeftOut(t *testing.T) {
	sound, refused := answerTo(request("r1", "1")), answerTo("7 8 54 89")
	for _, r := range []Result{sound, refused} {
		r.ClientID, r.ExpiresAt = "", time.Time{}
		it := itemOf(r)
		for _, name := range []string{"client_id", "sent_at", "ttl", "error_path", "quantiles", "variance"} {
			if _, there := it[name]; there {
				t.Errorf("%s has the attribute %s", r.RequestID, name)
			}
		}
	}
	if isSystem(item{}) || isSystem(item{"request_id": number("1")}) {
		t.Error("a row without an ID is taken for the system's")
	}
}

func number(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }

// value is an attribute in a form that shows its type.
func value(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return "S " + v.Value
	case *types.AttributeValueMemberN:
		return "N " + v.Value
	case *types.AttributeValueMemberM:
		m := map[string]any{}
		for key, v := range v.Value {
			m[key] = value(v)
		}
		return m
	}
	return v
}

// TestRewrittenNumbers: DynamoDB is free in how it writes a number that it holds.
func TestRewrittenNumbers(t *testing.T) {
	s, server := open(t)
	want := answerTo(request("r1", "100,0.5,1e22"))
	if _, err := s.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for _, minimum := range []string{"0.5", "0.50", "5E-1", "5e-1", "0.05E1", "0.500000000000000000000"} {
		for _, maximum := range []string{"10000000000000000000000", "1E22", "1E+22", "1e+022", "10000000000000000000000.0"} {
			server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				r := next()
				body := strings.NewReplacer(`{"N":"0.5"}`, `{"N":"`+minimum+`"}`, `{"N":"10000000000000000000000"}`, `{"N":"`+maximum+`"}`).Replace(string(r.Body))
				if strings.Count(body, minimum) == 0 || strings.Count(body, maximum) == 0 {
					t.Errorf("the row is not as this test expects: %s", body)
				}
				r.Header.Del("X-Amz-Crc32")
				r.Body = []byte(body)
				r.Header.Set("Content-Length", fmt.Sprint(len(body)))
				return r, nil
			})
			got, err := s.Get(t.Context(), "r1")
			if err != nil {
				t.Fatal(err)
			}
			if document(t, got) != document(t, want) {
				t.Errorf("%s, %s: got %s, want %s", minimum, maximum, document(t, got), document(t, want))
			}
		}
	}
}

// TestBrokenRows: a row that Put did not write so is an error that says what is
// wrong with it, never half an answer.
func TestBrokenRows(t *testing.T) {
	s, _ := open(t)
	if _, err := s.Put(t.Context(), answerTo(request("r1", "1,2"))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), answerTo(`{"request_id":"r2"}`)); err != nil {
		t.Fatal(err)
	}
	sound, refused := s.raw(t, "r1"), s.raw(t, "r2")
	tests := []struct {
		name string
		it   item
		want string
	}{
		{"no status", with(sound, "status", nil), "attribute status: is missing"},
		{"status as a number", with(sound, "status", number("1")), "attribute status: is no string"},
		{"no digest", with(sound, "input_sha256", nil), "attribute input_sha256: is missing"},
		{"no completion", with(sound, "completed_at", nil), "attribute completed_at: is missing"},
		{"completion is no time", with(sound, "completed_at", text("then\x1b[2J")), `attribute completed_at: parsing time "then\x1b[2J"`},
		{"ttl as text", with(sound, "ttl", text("1")), "attribute ttl: is no number"},
		{"ttl is no second", with(sound, "ttl", number("1.5")), "attribute ttl: "},
		{"no sum", with(sound, "sum", nil), "sum is missing"},
		{"no count", with(sound, "count", nil), "count: 0 is not positive"},
		{"no statistics of two numbers", with(sound, "variance", nil), "variance"},
		{"count is no integer", with(sound, "count", number("2.5")), "attribute count: "},
		{"a figure is no number", with(sound, "max", text("2\x1b")), `attribute max: 2\x1b`},
		{"a figure is no scalar", with(sound, "max", &types.AttributeValueMemberNULL{Value: true}), "attribute max: is no number"},
		{"no method", with(sound, "quantile_method", nil), "quantile_method"},
		{"quantiles as text", with(sound, "quantiles", text("0.5")), "attribute quantiles: is no map"},
		{"a probability is no number", with(sound, "quantiles", &types.AttributeValueMemberM{Value: item{"\"\n": number("1")}}), `attribute quantiles: "\"\n" is no probability`},
		{"a probability twice", with(sound, "quantiles", &types.AttributeValueMemberM{Value: item{"0.5": number("1"), "0.50": number("1")}}), `"0.50" is no probability in canonical form`},
		{"no error code", with(refused, "error_code", nil), "attribute error_code: is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.putRaw(t, tt.it)
			id := tt.it["request_id"].(*types.AttributeValueMemberS).Value
			got, err := s.Get(t.Context(), id)
			if err == nil || !strings.HasPrefix(err.Error(), "read result "+id+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Get = %+v, %v; want an error with %q", got, err, tt.want)
			}
			if r := answerTo(request("r1", "1,2")); id == r.RequestID {
				if got, err := s.Put(t.Context(), r); err == nil || got.RequestID != "" {
					t.Errorf("Put on it = %+v, %v; want an error", got, err)
				}
			}
		})
	}
}

// TestLargestRow: the largest reply that is sent is a row that fits DynamoDB's
// item, of at most 400 KB.
func TestLargestRow(t *testing.T) {
	s, _ := open(t)
	var ps []string
	for i := range 95 {
		ps = append(ps, fmt.Sprintf("0.%020d", i+1))
	}
	slices.Reverse(ps)
	long := strings.Repeat("9", stats.MaxDigits)
	for _, list := range []string{long + "e-1000," + long, "1e-1000,1e950"} {
		body := strings.Replace(request("r"+list[:1], list), `"client_id"`, `"quantiles":[`+strings.Join(ps, ",")+`],"client_id"`, 1)
		r := answerTo(body)
		if size := len(document(t, r)); r.Status != message.StatusOK || size < message.MaxReply*9/10 {
			t.Errorf("the reply is %.300s with %d bytes: not nearly the largest", document(t, r), size)
		}
		if _, err := s.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(t.Context(), r.RequestID)
		if err != nil {
			t.Fatal(err)
		}
		if document(t, got) != document(t, r) {
			t.Error("the largest reply comes back different")
		}
	}
}

// TestBytes: the size of a row is that of all its names and values.
func TestBytes(t *testing.T) {
	r := row{
		{"s", text("12345")}, {"number", number("123")},
		{"map", &types.AttributeValueMemberM{Value: item{"0.5": number("1.5"), "0.25": text("2")}}},
	}
	if got, want := r.bytes(), 1+5+6+3+3+3+3+4+1; got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

package results

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// shards is how many partitions a day has in the index by_time, so that the rows
// of a busy day do not all go to one: DynamoDB takes 1,000 writes per second on a
// partition ("Best practices for designing and using partition keys
// effectively", Amazon DynamoDB Developer Guide).
const shards = 64

// shard is the partition of a row in the index: the date it was completed, and
// the first byte of the SHA-256 of its ID modulo shards, as two hex digits.
func shard(day string, n int) string { return day + "#" + hex.EncodeToString([]byte{byte(n)}) }

func shardOf(id string) int { return int(sha256.Sum256([]byte(id))[0]) % shards }

// figures are the statistics that are attributes of their own.
func figures(s *stats.Summary) map[string]*stats.Figure {
	return map[string]*stats.Figure{
		"sum": &s.Sum, "min": &s.Min, "max": &s.Max, "mean": &s.Mean, "median": &s.Median,
		"variance": &s.Variance, "stddev": &s.StdDev, "q1": &s.Q1, "q3": &s.Q3,
	}
}

// attribute is an attribute of a row; row is all of them, ordered by name.
type (
	attribute struct {
		name  string
		value types.AttributeValue
	}
	row []attribute
)

// draft is a row that is being written. Its values are in two pieces of memory, not
// in one for each.
type draft struct {
	row     row
	texts   []types.AttributeValueMemberS
	numbers []types.AttributeValueMemberN
}

// add adds a text, if there is one.
func (d *draft) add(name, value string) {
	if value != "" {
		d.texts = append(d.texts, types.AttributeValueMemberS{Value: value})
		d.row = append(d.row, attribute{name, &d.texts[len(d.texts)-1]})
	}
}

// addFigure adds a figure, if there is one.
func (d *draft) addFigure(name string, f stats.Figure) {
	switch {
	case f == "":
	case fits(f):
		d.addNumber(name, string(f))
	default:
		d.add(name, string(f))
	}
}

func (d *draft) addNumber(name, value string) {
	d.numbers = append(d.numbers, types.AttributeValueMemberN{Value: value})
	d.row = append(d.row, attribute{name, &d.numbers[len(d.numbers)-1]})
}

// rowOf is the row of a result.
func rowOf(r Result) row {
	s, f := r.Result, r.Fault
	if s == nil {
		s = &stats.Summary{}
	}
	if f == nil {
		f = &message.Fault{}
	}
	completed := message.FormatTime(r.CompletedAt)
	const most = 24 // attributes
	it := draft{make(row, 0, most), make([]types.AttributeValueMemberS, 0, most/2), make([]types.AttributeValueMemberN, 0, most/2)}
	it.add("client_id", r.ClientID)
	it.add("completed_at", completed)
	if r.Result != nil {
		it.addNumber("count", strconv.Itoa(s.Count))
	}
	it.add("error_code", string(f.Code))
	it.add("error_message", f.Message)
	it.add("error_path", f.Path)
	it.add("input_sha256", r.Digest)
	it.addFigure("max", s.Max)
	it.addFigure("mean", s.Mean)
	it.addFigure("median", s.Median)
	it.addFigure("min", s.Min)
	it.addFigure("q1", s.Q1)
	it.addFigure("q3", s.Q3)
	it.add("quantile_method", string(s.Method))
	if len(s.Quantiles) > 0 {
		it.row = append(it.row, attribute{"quantiles", quantiles(s.Quantiles)})
	}
	it.add("request_id", r.RequestID)
	if !r.SentAt.IsZero() {
		it.add("sent_at", message.FormatTime(r.SentAt))
	}
	it.add("shard", shard(completed[:len("2006-01-02")], shardOf(r.RequestID)))
	it.add("sort", completed+"#"+r.RequestID)
	it.add("status", string(r.Status))
	it.addFigure("stddev", s.StdDev)
	it.addFigure("sum", s.Sum)
	if !r.ExpiresAt.IsZero() {
		it.addNumber("ttl", strconv.FormatInt(r.ExpiresAt.Unix(), 10))
	}
	it.addFigure("variance", s.Variance)
	return it.row
}

func quantiles(qs []stats.Quantile) types.AttributeValue {
	values := map[string]types.AttributeValue{}
	for _, q := range qs {
		values[string(q.P)] = figure(q.Value)
	}
	return &types.AttributeValueMemberM{Value: values}
}

// item is the row in the form of the other operations of DynamoDB.
func (r row) item() map[string]types.AttributeValue {
	it := make(map[string]types.AttributeValue, len(r))
	for _, a := range r {
		it[a.name] = a.value
	}
	return it
}

// bytes is about how many bytes the row has.
func (r row) bytes() (n int) {
	for _, a := range r {
		n += len(a.name) + bytes(a.value)
	}
	return n
}

func bytes(value types.AttributeValue) (n int) {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		n = len(v.Value)
	case *types.AttributeValueMemberN:
		n = len(v.Value)
	case *types.AttributeValueMemberM:
		for name, value := range v.Value {
			n += len(name) + bytes(value)
		}
	}
	return n
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// figure is a number where DynamoDB holds it exactly, so that queries can compare
// it, and otherwise a string with the same text.
func figure(f stats.Figure) types.AttributeValue {
	if fits(f) {
		return &types.AttributeValueMemberN{Value: string(f)}
	}
	return text(string(f))
}

// fits says whether DynamoDB holds f exactly: 38 significant digits, magnitudes
// from 1E-130 to 9.99...E+125 ("Supported data types and naming rules in Amazon
// DynamoDB").
func fits(f stats.Figure) bool {
	if len(f) <= 38 && strings.IndexByte(string(f), 'e') < 0 {
		return true // as nearly all are
	}
	mantissa, exponent, _ := strings.Cut(strings.TrimPrefix(string(f), "-"), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return true // zero
	}
	exp := 0
	if exponent != "" {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil {
			return false
		}
	}
	leading := len(digits) - len(fraction) - 1 + exp // of d.ddd×10^leading
	return len(strings.TrimRight(digits, "0")) <= 38 && leading >= -130 && leading <= 125
}

// parse reads a row. The error names what keeps it from being one that Put wrote.
func parse(it map[string]types.AttributeValue) (Result, error) {
	a := attributes{values: it}
	r := a.listed()
	r.Digest, r.SentAt, r.ExpiresAt = a.text("input_sha256"), a.time("sent_at"), a.epoch("ttl")
	if r.Status == message.StatusError && r.Fault == nil {
		a.fail("error_code", "is missing")
	}
	if a.err == nil && r.Result != nil {
		if _, err := r.Result.MarshalJSON(); err != nil {
			a.err = fmt.Errorf("it makes no reply: %w", err)
		}
	}
	if a.err != nil {
		return Result{}, a.err
	}
	return r, nil
}

// parseListed reads a row of the index, which does not keep all of it.
func parseListed(it map[string]types.AttributeValue) (Result, error) {
	a := attributes{values: it}
	r := a.listed()
	return r, a.err
}

// isSystem says whether a row is none of a request's but the system's own, whose
// keys begin with "#".
func isSystem(it map[string]types.AttributeValue) bool {
	id, ok := it["request_id"].(*types.AttributeValueMemberS)
	return ok && strings.HasPrefix(id.Value, "#")
}

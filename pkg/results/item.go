package results

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
func shard(day string, n int) string { return fmt.Sprintf("%s#%02x", day, n) }

func shardOf(id string) int { return int(sha256.Sum256([]byte(id))[0]) % shards }

// figures are the statistics that are attributes of their own.
func figures(s *stats.Summary) map[string]*stats.Figure {
	return map[string]*stats.Figure{
		"sum": &s.Sum, "min": &s.Min, "max": &s.Max, "mean": &s.Mean, "median": &s.Median,
		"variance": &s.Variance, "stddev": &s.StdDev, "q1": &s.Q1, "q3": &s.Q3,
	}
}

// item is the row of r in DynamoDB's form.
func item(r Result) map[string]types.AttributeValue {
	completed := message.FormatTime(r.CompletedAt)
	it := map[string]types.AttributeValue{
		"request_id":   text(r.RequestID),
		"status":       text(string(r.Status)),
		"input_sha256": text(r.Digest),
		"completed_at": text(completed),
		"shard":        text(shard(completed[:len("2006-01-02")], shardOf(r.RequestID))),
		"sort":         text(completed + "#" + r.RequestID),
	}
	if r.ClientID != "" {
		it["client_id"] = text(r.ClientID)
	}
	if !r.SentAt.IsZero() {
		it["sent_at"] = text(message.FormatTime(r.SentAt))
	}
	if !r.ExpiresAt.IsZero() {
		it["ttl"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(r.ExpiresAt.Unix(), 10)}
	}
	if f := r.Fault; f != nil {
		it["error_code"], it["error_message"] = text(string(f.Code)), text(f.Message)
		if f.Path != "" {
			it["error_path"] = text(f.Path)
		}
	}
	if r.Result != nil {
		addSummary(it, r.Result)
	}
	return it
}

func addSummary(it map[string]types.AttributeValue, s *stats.Summary) {
	it["count"] = &types.AttributeValueMemberN{Value: strconv.Itoa(s.Count)}
	it["quantile_method"] = text(string(s.Method))
	for name, f := range figures(s) {
		if *f != "" {
			it[name] = figure(*f)
		}
	}
	if len(s.Quantiles) == 0 {
		return
	}
	quantiles := map[string]types.AttributeValue{}
	for _, q := range s.Quantiles {
		quantiles[string(q.P)] = figure(q.Value)
	}
	it["quantiles"] = &types.AttributeValueMemberM{Value: quantiles}
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

// attributes reads attributes and remembers what is wrong with them.
type attributes struct {
	values map[string]types.AttributeValue
	err    error
}

// listed is what a listing shows of the row, and of the rest what there is.
func (a *attributes) listed() Result {
	r := Result{ClientID: a.optional("client_id")}
	r.RequestID, r.Status = a.text("request_id"), message.Status(a.text("status"))
	if a.text("completed_at") != "" {
		r.CompletedAt = a.time("completed_at")
	}
	if code := a.optional("error_code"); code != "" {
		r.Fault = &message.Fault{Code: message.Code(code), Message: a.optional("error_message"), Path: a.optional("error_path")}
	}
	if r.Status == message.StatusOK {
		r.Result = a.summary()
	}
	return r
}

func (a *attributes) fail(name, what string) {
	a.err = errors.Join(a.err, fmt.Errorf("attribute %s: %s", name, what))
}

func (a *attributes) optional(name string) string {
	switch v := a.values[name].(type) {
	case nil:
		return ""
	case *types.AttributeValueMemberS:
		return v.Value
	default:
		a.fail(name, "is no string")
		return ""
	}
}

func (a *attributes) text(name string) string {
	s := a.optional(name)
	if s == "" {
		a.fail(name, "is missing")
	}
	return s
}

func (a *attributes) time(name string) time.Time {
	s := a.optional(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		a.fail(name, err.Error())
	}
	return t.UTC()
}

func (a *attributes) epoch(name string) time.Time {
	v, there := a.values[name]
	if !there {
		return time.Time{}
	}
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		a.fail(name, "is no number")
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		a.fail(name, err.Error())
	}
	return time.Unix(seconds, 0).UTC()
}

// summary reads the statistics, those that the row has: the index keeps a few.
func (a *attributes) summary() *stats.Summary {
	s := &stats.Summary{Method: stats.Method(a.optional("quantile_method")), Quantiles: a.quantiles()}
	if count := a.figure("count", a.values["count"]); count != "" {
		n, err := strconv.Atoi(string(count))
		if err != nil {
			a.fail("count", err.Error())
		}
		s.Count = n
	}
	for name, f := range figures(s) {
		*f = a.figure(name, a.values[name])
	}
	return s
}

// quantiles reads the quantiles in ascending order of their probabilities.
func (a *attributes) quantiles() []stats.Quantile {
	v, there := a.values["quantiles"]
	if !there {
		return nil
	}
	values, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		a.fail("quantiles", "is no map")
		return nil
	}
	var ps []stats.Number
	for key := range values.Value {
		p, err := stats.ParseNumber(key)
		if err != nil || p.String() != key {
			a.fail("quantiles", fmt.Sprintf("%.40q is no probability in canonical form", key))
			continue
		}
		ps = append(ps, p)
	}
	slices.SortFunc(ps, stats.Number.Cmp)
	var quantiles []stats.Quantile
	for _, p := range ps {
		quantiles = append(quantiles, stats.Quantile{P: p.Figure(), Value: a.figure("quantiles."+p.String(), values.Value[p.String()])})
	}
	return quantiles
}

// figure is the canonical text of a number, which DynamoDB may have rewritten.
func (a *attributes) figure(name string, v types.AttributeValue) stats.Figure {
	var value string
	switch v := v.(type) {
	case nil:
		return ""
	case *types.AttributeValueMemberN:
		value = v.Value
	case *types.AttributeValueMemberS:
		value = v.Value
	default:
		a.fail(name, "is no number")
		return ""
	}
	f, err := stats.Canonical(value)
	if err != nil {
		a.fail(name, err.Error())
	}
	return f
}

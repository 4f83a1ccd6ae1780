package results

import (
	"crypto/sha256"
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

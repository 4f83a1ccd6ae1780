package results

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

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

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// stored is a row as a statement of a batch inserts it.
type stored struct {
	id     string
	status message.Status
}

// attribute is the name of an attribute for which a parameter stands. The names of
// the system's own rows have no quotes in them.
var attribute = regexp.MustCompile(`'([^']*)'\s*:\s*\?`)

// storedBy are the rows that a BatchExecuteStatement inserts, in the order of its
// statements, all of whose values have to be parameters; nil for any other call.
func storedBy(c *local.Call) ([]stored, error) {
	if c.Operation != "BatchExecuteStatement" {
		return nil, nil
	}
	var in struct {
		Statements []struct {
			Statement  string
			Parameters []struct{ S string }
		}
	}
	if err := unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	rows := make([]stored, len(in.Statements))
	for i, s := range in.Statements {
		names := attribute.FindAllStringSubmatch(s.Statement, -1)
		if len(names) != len(s.Parameters) {
			return nil, fmt.Errorf("laboratory: %d names for %d parameters in %q", len(names), len(s.Parameters), s.Statement)
		}
		for at, name := range names {
			switch name[1] {
			case "request_id":
				rows[i].id = s.Parameters[at].S
			case "status":
				rows[i].status = message.Status(s.Parameters[at].S)
			}
		}
	}
	return rows, nil
}

// idsOf are the IDs of rows, for people.
func idsOf(rows []stored) string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.id
	}
	return strings.Join(ids, " ")
}

// answered is what became of a statement.
type answered struct {
	Error *statementError `json:",omitempty"`
}

type statementError struct{ Code, Message string }

func statementFails(code string) json.RawMessage {
	return marshal(answered{&statementError{code, "of the laboratory"}})
}

// statementFaults are how a statement of a batch fails that was not performed
// ("BatchStatementError", Amazon DynamoDB API Reference).
var statementFaults = []string{"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "TransactionConflict", "InternalServerError"}

func (w *world) statementFault(c *call) string {
	return statementFaults[w.dice.below("statement "+c.point, len(statementFaults))]
}

// partialStatements has a batch fail for some of its statements: they do not reach
// the service, and what they are answered is a failure, in their places.
func partialStatements(c *local.Call, next func() *local.Response, fails func(int) bool, code func() string) (*local.Response, error) {
	var in map[string]json.RawMessage
	var statements, reach, answers []json.RawMessage
	if err := unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	if err := unmarshal(in["Statements"], &statements); err != nil {
		return nil, err
	}
	all := make([]json.RawMessage, len(statements))
	for i, s := range statements {
		if fails(i) {
			all[i] = statementFails(code())
			continue
		}
		reach = append(reach, s)
	}
	if len(reach) == len(statements) {
		return next(), nil
	}
	out := map[string]json.RawMessage{}
	if len(reach) > 0 {
		in["Statements"] = marshal(reach)
		c.Body = marshal(in)
		r := next()
		if r.Status != http.StatusOK {
			return r, nil
		}
		var err error
		if out, answers, err = responses(r); err != nil {
			return nil, err
		}
	}
	for i := range all {
		if all[i] == nil {
			all[i], answers = answers[0], answers[1:]
		}
	}
	return statementsAnswer(out, all), nil
}

// partialAfter performs a batch, and answers some of its statements with an error
// nevertheless.
func partialAfter(w *world, c *call, next func() *local.Response) (*local.Response, error) {
	return failStatements(next, w.entryFails(c))
}

func failStatements(next func() *local.Response, fails func(int) bool) (*local.Response, error) {
	r := next()
	if r.Status != http.StatusOK {
		return r, nil
	}
	out, all, err := responses(r)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if fails(i) {
			all[i] = statementFails("InternalServerError")
		}
	}
	return statementsAnswer(out, all), nil
}

// responses takes the answer to a batch apart.
func responses(r *local.Response) (out map[string]json.RawMessage, all []json.RawMessage, err error) {
	if err := unmarshal(r.Body, &out); err != nil {
		return nil, nil, err
	}
	return out, all, unmarshal(out["Responses"], &all)
}

func statementsAnswer(out map[string]json.RawMessage, all []json.RawMessage) *local.Response {
	out["Responses"] = marshal(all)
	return &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: marshal(out)}
}

// inserted notes the rows that a batch has stored.
func (m *model) inserted(w *world, c *call, r *local.Response) {
	rows, err := storedBy(c.Call)
	if err != nil {
		m.breaks(w, changed, "%v", err)
		return
	}
	var out struct{ Responses []answered }
	if err := unmarshal(r.Body, &out); err != nil || len(out.Responses) != len(rows) {
		m.breaks(w, changed, "a batch of %d statements is answered %.200q: %v", len(rows), r.Body, err)
		return
	}
	for i, row := range rows {
		if out.Responses[i].Error == nil {
			m.put(w, row.id, row.status)
		}
	}
}

// burdenBatch is burden for the rows of a batch: the call takes as long as the
// slowest of them, and those that fail do so alone.
func (w *world) burdenBatch(c *call, next func() *local.Response) (d time.Duration, burdened func() *local.Response) {
	rows, err := storedBy(c.Call)
	if err != nil || len(rows) == 0 {
		return 0, next // the model will say so
	}
	doom := false
	for _, row := range rows {
		longer, fails := w.burdenOf(row)
		d, doom = max(d, longer), doom || fails
	}
	if !doom {
		return d, next
	}
	return d, func() *local.Response {
		rows, err := storedBy(c.Call) // of what has not failed on the way
		if err != nil {
			return next()
		}
		fails := func(i int) bool { _, fails := w.burdenOf(rows[i]); return fails }
		r, err := partialStatements(c.Call, next, fails, func() string { return "InternalServerError" })
		if err != nil {
			w.breaks(changed, "%v", err)
			return local.Refuse(c.Call, http.StatusInternalServerError, "InternalServerError", "doomed")
		}
		return r
	}
}

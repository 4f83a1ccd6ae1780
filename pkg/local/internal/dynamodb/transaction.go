package dynamodb

import (
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// transaction is a transaction that writes, under way.
type transaction struct {
	service   *Service
	tx        *store.Tx
	call      *wire.Call
	mutations []*mutation
	tables    []*table
}

// prepare finds the tables and refuses mutations that do not fit them, or that
// meet in one item. Of those that do not fit, only the first is reported.
func (t *transaction) prepare() error {
	for _, m := range t.mutations {
		table, err := t.service.table(t.tx, t.call, m.table)
		if err != nil {
			return err
		}
		t.tables = append(t.tables, table)
	}
	reasons := make([]reason, len(t.mutations))
	for i, m := range t.mutations {
		if err := m.checkFit(t.tables[i]); err != nil {
			reasons[i] = reasonFor(err)
			return canceled(reasons)
		}
	}
	seen := map[string]bool{}
	for i, m := range t.mutations {
		record := t.tables[i].record(t.tables[i].key.encode(m.item))
		if seen[record] {
			return invalid(twiceOneItem)
		}
		seen[record] = true
	}
	return nil
}

// plan works out all effects. One that fails cancels the transaction, which then
// gives the reasons of all that fail.
func (t *transaction) plan() ([]effect, error) {
	effects, reasons, failed := make([]effect, len(t.mutations)), make([]reason, len(t.mutations)), false
	for i, m := range t.mutations {
		e, err := m.plan(t.tables[i])
		if err != nil {
			reasons[i], failed = reasonFor(err), true
		}
		effects[i] = e
	}
	if failed {
		return nil, canceled(reasons)
	}
	return effects, nil
}

func (t *transaction) commit(effects []effect, wanted string) []*consumed {
	var used usages
	for i := range effects {
		used.write(&effects[i])
		if t.mutations[i].kind != check {
			effects[i].commit(t.tx)
		}
	}
	return used.transacted(wanted, true)
}

// reread is the capacity of a transaction that has been done before under its
// token: that of reading its items ("TransactWriteItems", ClientRequestToken).
func (t *transaction) reread(wanted string) []*consumed {
	var used usages
	for i, m := range t.mutations {
		r := t.tables[i].rows.get(t.tables[i].key.encode(m.item))
		used.of(t.tables[i]).table += readUnits(r.size, true)
	}
	return used.transacted(wanted, false)
}

func (us usages) transacted(wanted string, writes bool) []*consumed {
	var reports []*consumed
	for _, u := range us {
		if report := u.transacted(wanted, writes); report != nil {
			reports = append(reports, report)
		}
	}
	return reports
}

// reason is why an action made its transaction fail.
type reason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    any    `json:",omitempty"`
}

func reasonFor(err error) reason {
	if code(err) == "ConditionalCheckFailedException" {
		return reason{"ConditionalCheckFailed", text(err), err.(*wire.Error).Members["Item"]}
	}
	return reason{Code: "ValidationError", Message: text(err)}
}

// canceled is the refusal of a transaction with the reasons of all its actions,
// "None" for those that would have done. DynamoDB writes this one's message with
// a capital.
func canceled(reasons []reason) error {
	codes := make([]string, len(reasons))
	for i := range reasons {
		if reasons[i].Code == "" {
			reasons[i].Code = "None"
		}
		codes[i] = reasons[i].Code
	}
	message := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"
	return &wire.Error{Code: "TransactionCanceledException", Message: message, Members: map[string]any{"CancellationReasons": reasons, "Message": message}}
}

package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Limits of statements ("BatchExecuteStatement" and "BatchStatementRequest").
const (
	maxStatements = 25
	maxStatement  = 8192
)

// statement is a statement of a request with its parameters.
type statement struct {
	Statement                           string
	Parameters                          *parameters
	ReturnValuesOnConditionCheckFailure string
}

// parameters are the values for the question marks of a statement. As in
// [attributes], a value that no attribute can have is kept as a refusal.
type parameters struct {
	values  []value
	refused error
}

// UnmarshalJSON reads the values. Its error is a SerializationException.
func (p *parameters) UnmarshalJSON(data []byte) error {
	s := &scanner{data: data}
	p.values = make([]value, 0, 24)
	err := s.array(func() error {
		v, err := s.value(0)
		p.values = append(p.values, v)
		return err
	})
	if code(err) == "ValidationException" {
		p.refused = err
		return nil
	}
	return err
}

func (st *statement) constrain(c *constraints, at string) {
	c.notNull(st.Statement != "", at+"statement")
	c.length(len(st.Statement), fmt.Sprintf("'[statement of %d bytes]'", len(st.Statement)), at+"statement", bounds{0, maxStatement})
	c.enum(st.ReturnValuesOnConditionCheckFailure, at+"returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
	if p := st.Parameters; p != nil && p.refused == nil {
		c.length(len(p.values), "'[]'", at+"parameters", bounds{1, maxStatement})
	}
}

// mutation is what the statement, parsed, does with its parameters: it puts an
// item, by the rules of PutItem.
func (st *statement) mutation(parsed *insert) (*mutation, error) {
	var values []value
	if p := st.Parameters; p != nil {
		if p.refused != nil {
			return nil, p.refused
		}
		values = p.values
	}
	it, err := parsed.item(values)
	if err != nil {
		return nil, err
	}
	in := writeInput{TableName: parsed.table, Item: &attributes{values: it}}
	var c constraints
	if in.constrain(&c, put, ""); c.err() != nil {
		return nil, c.err()
	}
	return in.mutation(put)
}

// insertion is a statement on its way: what it does, or why it does not.
type insertion struct {
	table string // empty where the statement does not say
	*mutation
	err error
}

// statements parses statements, each text once.
type statements struct {
	operation string
	parsed    map[string]*insert
}

func (s *statements) insertion(st *statement) (i insertion) {
	parsed := s.parsed[st.Statement]
	if parsed == nil {
		if parsed, i.err = parseStatement(s.operation, st.Statement); i.err != nil {
			return i
		}
		s.parsed[st.Statement] = parsed
	}
	i.table = plainName(parsed.table)
	i.mutation, i.err = st.mutation(parsed)
	return i
}

// insert performs an insertion unless an item is there, and adds up what that
// used. One that finds an item is billed, too, as any write is whose condition
// does not hold ("DynamoDB read and write operations").
func (s *Service) insert(tx *store.Tx, c *wire.Call, i insertion, used *usages) error {
	if i.err != nil {
		return i.err
	}
	if err := mayInsert(c, i.table); err != nil {
		return err
	}
	t, err := s.table(tx, c, i.mutation.table)
	if err != nil {
		return err
	}
	e, err := i.planOn(t)
	switch {
	case err != nil:
		return err
	case e.before.item != nil:
		used.of(t).refused(&e)
		return refuse("DuplicateItemException", "Duplicate primary key exists in table")
	}
	e.commit(tx)
	used.write(&e)
	return nil
}

type batchStatementInput struct {
	Statements             []statement
	ReturnConsumedCapacity string
}

type batchStatementOutput struct {
	Responses        []statementResponse
	ConsumedCapacity []*consumed `json:",omitempty"`
}

// statementResponse is what became of the statement in the same place
// ("BatchStatementResponse").
type statementResponse struct {
	Error     *statementError `json:",omitempty"`
	TableName string          `json:",omitempty"`
}

type statementError struct{ Code, Message string }

// newStatementError words a refusal by the codes of "BatchStatementError", which
// are those of the exceptions without their endings, and ValidationError.
func newStatementError(err error) *statementError {
	switch c := code(err); c {
	case "":
		return &statementError{"InternalServerError", text(err)}
	case "ValidationException":
		return &statementError{"ValidationError", text(err)}
	default:
		return &statementError{strings.TrimSuffix(c, "Exception"), text(err)}
	}
}

func (in *batchStatementInput) constrain() error {
	var c constraints
	c.capacity(in.ReturnConsumedCapacity)
	c.notNull(in.Statements != nil, "statements")
	if in.Statements != nil {
		c.length(len(in.Statements), fmt.Sprintf("'[%d statements]'", len(in.Statements)), "statements", bounds{1, maxStatements})
	}
	for i := range in.Statements {
		in.Statements[i].constrain(&c, fmt.Sprintf("statements.%d.member.", i+1))
	}
	return c.err()
}

// checkKinds refuses a batch that both reads and writes ("Running batch
// operations with PartiQL for DynamoDB").
func (in *batchStatementInput) checkKinds() error {
	reading := 0
	for i := range in.Statements {
		if reads(in.Statements[i].Statement) {
			reading++
		}
	}
	if reading > 0 && reading < len(in.Statements) {
		return invalid("Read and write requests together in the same batch is not supported.")
	}
	return nil
}

// batchExecuteStatement prepares BatchExecuteStatement, for INSERT alone. Each
// statement succeeds or fails by itself, in the order of the batch, and the call
// is a success whatever became of them ("BatchExecuteStatement"). What they
// wrote goes to disk at once.
func (s *Service) batchExecuteStatement(c *wire.Call) (action, error) {
	in := &batchStatementInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	if err := in.checkKinds(); err != nil {
		return nil, err
	}
	texts := statements{c.Operation, map[string]*insert{}}
	insertions := make([]insertion, len(in.Statements))
	for i := range in.Statements {
		insertions[i] = texts.insertion(&in.Statements[i])
	}
	return func(tx *store.Tx) (any, error) {
		out := &batchStatementOutput{Responses: make([]statementResponse, len(insertions))}
		var used usages
		for i := range insertions {
			r := &out.Responses[i]
			r.TableName = insertions[i].table
			if err := s.insert(tx, c, insertions[i], &used); err != nil {
				r.Error = newStatementError(err)
			}
		}
		out.ConsumedCapacity = used.reports(in.ReturnConsumedCapacity)
		return out, nil
	}, nil
}

// executeStatement prepares ExecuteStatement, for INSERT alone, which returns no
// items.
func (s *Service) executeStatement(c *wire.Call) (action, error) {
	var in struct {
		statement
		ReturnConsumedCapacity string
		Limit, NextToken       json.RawMessage
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	var cs constraints
	cs.capacity(in.ReturnConsumedCapacity)
	in.constrain(&cs, "")
	if err := cs.err(); err != nil {
		return nil, err
	}
	if err := refuseUnsupported([]unsupported{{"Limit", in.Limit}, {"NextToken", in.NextToken}}); err != nil {
		return nil, err
	}
	texts := statements{c.Operation, map[string]*insert{}}
	i := texts.insertion(&in.statement)
	if i.err != nil {
		return nil, i.err
	}
	return func(tx *store.Tx) (any, error) {
		var used usages
		if err := s.insert(tx, c, i, &used); err != nil {
			return nil, err
		}
		return struct {
			Items            []item
			ConsumedCapacity *consumed `json:",omitempty"`
		}{[]item{}, used[0].report(in.ReturnConsumedCapacity)}, nil
	}, nil
}

package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// TestStatementsFail sends batches of which some statements fail: each is answered
// in its place, and what the model has seen is what the table has.
func TestStatementsFail(t *testing.T) {
	const faults = "ThrottlingError ProvisionedThroughputExceeded RequestLimitExceeded TransactionConflict InternalServerError"
	tests := []struct {
		name, fault string
		mask        int
		doomed      string
		want        string // "ok", "failed" or a code, of each statement
		stored      string
	}{
		{name: "nothing", want: "ok ok DuplicateItem ok", stored: "a b c there"},
		{name: "some", fault: "partial", mask: 0b0101, want: "failed ok failed ok", stored: "b c there"},
		{name: "all", fault: "partial", mask: 0b1111, want: "failed failed failed failed", stored: "there"},
		{name: "none", fault: "partial", mask: 0b0000, want: "ok ok DuplicateItem ok", stored: "a b c there"},
		{name: "some that were performed", fault: "partial-after", mask: 0b0101, want: "InternalServerError ok InternalServerError ok", stored: "a b c there"},
		{name: "one that is doomed", doomed: "b", want: "ok InternalServerError DuplicateItem ok", stored: "a c there"},
		{name: "one that is doomed, and others", fault: "partial", mask: 0b1001, doomed: "b", want: "failed InternalServerError DuplicateItem failed", stored: "there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, err := local.Open(local.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close() // its state is in memory
			lab, err := cloud.Open(t.Context(), stack, cloud.Config(local.URL, "us-east-1", server.Client()))
			if err != nil {
				t.Fatal(err)
			}
			if err := lab.Create(t.Context()); err != nil {
				t.Fatal(err)
			}
			w := &world{t: t, dice: newDice(1), model: newModel(), plan: plan{masks: map[string]int{"point": tt.mask}}}
			if tt.doomed != "" {
				w.model.add([]*ask{{id: tt.doomed, trouble: doomed}})
			}
			insertAll(t, lab, "there")
			server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				if c.Operation != "BatchExecuteStatement" {
					return next(), nil
				}
				k := &call{Call: c, point: "point", about: subject(c)}
				if k.entries() != 4 || k.about != "a b there c" || !batched(k) {
					t.Errorf("%d entries, about %q", k.entries(), k.about)
				}
				_, next = w.burdenBatch(k, w.performing(k, next))
				if f := kindNamed(tt.fault); f != nil {
					return f.strike(w, k, next)
				}
				return next(), nil
			})
			got := insertAll(t, lab, "a", "b", "there", "c")
			for i, want := range strings.Fields(tt.want) {
				if want == "failed" && strings.Contains(faults, got[i]) {
					continue
				}
				if got[i] != want {
					t.Errorf("statement %d: %s, want %s", i, got[i], want)
				}
			}
			rows, err := lab.DynamoDB.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(lab.Table())})
			if err != nil {
				t.Fatal(err)
			}
			var stored []string
			for _, it := range rows.Items {
				stored = append(stored, it["request_id"].(*types.AttributeValueMemberS).Value)
			}
			slices.Sort(stored)
			if s := strings.Join(stored, " "); s != tt.stored {
				t.Errorf("the table has %s, want %s", s, tt.stored)
			}
			for _, id := range []string{"a", "b", "c"} {
				if seen := slices.Equal(w.model.rows[id], []message.Status{"ok"}); seen != slices.Contains(stored, id) {
					t.Errorf("the model has %s %v", id, w.model.rows[id])
				}
			}
			if len(w.model.wrong) > 0 {
				t.Errorf("%v", w.model.wrong)
			}
		})
	}
}

// insertAll sends a batch, and gives the code of each statement.
func insertAll(t *testing.T, lab *cloud.Stack, ids ...string) []string {
	t.Helper()
	in := &dynamodb.BatchExecuteStatementInput{}
	for _, id := range ids {
		in.Statements = append(in.Statements, types.BatchStatementRequest{
			Statement:  aws.String(fmt.Sprintf(`INSERT INTO "%s" VALUE {'count': ?, 'request_id': ?, 'status':?}`, lab.Table())),
			Parameters: []types.AttributeValue{&types.AttributeValueMemberN{Value: "1"}, &types.AttributeValueMemberS{Value: id}, &types.AttributeValueMemberS{Value: "ok"}},
		})
	}
	out, err := lab.DynamoDB.BatchExecuteStatement(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Responses) != len(ids) {
		t.Fatalf("%d responses, want %d", len(out.Responses), len(ids))
	}
	var codes []string
	for _, r := range out.Responses {
		if r.Error != nil {
			codes = append(codes, string(r.Error.Code))
			continue
		}
		codes = append(codes, "ok")
	}
	return codes
}

// TestStatementsThatCannotBeRead: the laboratory says so where it does not understand
// what is stored.
func TestStatementsThatCannotBeRead(t *testing.T) {
	for body, wrong := range map[string]bool{
		`{"Statements":[{"Statement":"INSERT INTO t VALUE {'request_id': ?}","Parameters":[{"S":"a"}]}]}`:           false,
		`{"Statements":[{"Statement":"INSERT INTO t VALUE {'request_id': ?}","Parameters":[{"S":"a"},{"N":"1"}]}]}`: true,
		`{"Statements":1}`: true,
	} {
		w := &world{t: t, model: newModel()}
		c := &call{Call: &local.Call{Service: "dynamodb", Operation: "BatchExecuteStatement", Body: []byte(body)}}
		w.observe(c, c.Body, &local.Response{Status: 200, Body: []byte(`{"Responses":[{}]}`)})
		if got := len(w.model.wrong) > 0; got != wrong {
			t.Errorf("%s: %v", body, w.model.wrong)
		}
	}
}

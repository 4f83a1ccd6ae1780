package dynamodb_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestTransactionIsAllOrNothing(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"1"}}}`)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"2"},"n":{"N":"1"}}}`)
	_, err := e.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String("tab"), Item: attributes{"id": str("3")}}},
		{Update: &types.Update{TableName: aws.String("tab"), Key: attributes{"id": str("1")}, UpdateExpression: aws.String("SET n = :v"), ConditionExpression: aws.String("n = :v"), ExpressionAttributeValues: attributes{":v": num("2")}, ReturnValuesOnConditionCheckFailure: "ALL_OLD"}},
		{Delete: &types.Delete{TableName: aws.String("tab"), Key: attributes{"id": str("2")}}},
		{ConditionCheck: &types.ConditionCheck{TableName: aws.String("tab"), Key: attributes{"id": str("4")}, ConditionExpression: aws.String("attribute_exists(id)"), ReturnValuesOnConditionCheckFailure: "ALL_OLD"}},
	}})
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	failed, none := aws.String("ConditionalCheckFailed"), types.CancellationReason{Code: aws.String("None")}
	want := []types.CancellationReason{
		none, {Code: failed, Message: aws.String("The conditional request failed"), Item: attributes{"id": str("1"), "n": num("1")}},
		none, {Code: failed, Message: aws.String("The conditional request failed")},
	}
	if !reflect.DeepEqual(canceled.CancellationReasons, want) {
		t.Errorf("reasons %+v", canceled.CancellationReasons)
	}
	if message := "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None, ConditionalCheckFailed]"; canceled.ErrorMessage() != message {
		t.Errorf("message %q", canceled.ErrorMessage())
	}
	var got found
	if e.call(t, "Scan", `{"TableName":"tab"}`).decode(t, &got); got.Count != 2 {
		t.Errorf("%d rows, want the 2 of before", got.Count)
	}
}

func TestTransactionHappens(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"1"}}}`)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"2"}}}`)
	a := e.do(t, "TransactWriteItems", `{"ReturnConsumedCapacity":"TOTAL","TransactItems":[
		{"Put":{"TableName":"tab","Item":{"id":{"S":"3"}},"ConditionExpression":"attribute_not_exists(id)"}},
		{"Update":{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}}},
		{"Delete":{"TableName":"tab","Key":{"id":{"S":"2"}}}},
		{"ConditionCheck":{"TableName":"tab","Key":{"id":{"S":"4"}},"ConditionExpression":"attribute_not_exists(id)"}}]}`)
	if !sameJSON(t, string(a.Body), `{"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":8,"WriteCapacityUnits":8}]}`) {
		t.Errorf("got %s", a.Body)
	}
	a = e.do(t, "TransactGetItems", `{"ReturnConsumedCapacity":"INDEXES","TransactItems":[{"Get":{"TableName":"tab","Key":{"id":{"S":"1"}}}},{"Get":{"TableName":"tab","Key":{"id":{"S":"2"}}}},{"Get":{"TableName":"tab","Key":{"id":{"S":"3"}},"ProjectionExpression":"x"}},{"Get":{"TableName":"tab","Key":{"id":{"S":"4"}}}}]}`)
	if !sameJSON(t, string(a.Body), `{"Responses":[{"Item":{"id":{"S":"1"},"n":{"N":"2"}}},{},{},{}],"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":8,"ReadCapacityUnits":8,"Table":{"CapacityUnits":8,"ReadCapacityUnits":8}}]}`) {
		t.Errorf("got %s", a.Body)
	}
}

// TestTransactionTokens follows "TransactWriteItems", ClientRequestToken.
func TestTransactionTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		e, server := start(t, dir)
		e.simple(t)
		add := func(by string) error {
			_, err := e.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{ClientRequestToken: aws.String("token"), TransactItems: []types.TransactWriteItem{
				{Update: &types.Update{TableName: aws.String("tab"), Key: attributes{"id": str("1")}, UpdateExpression: aws.String("ADD n :v, #m :v"), ExpressionAttributeNames: map[string]string{"#m": "m"}, ExpressionAttributeValues: attributes{":v": num(by)}}},
			}})
			return err
		}
		check := func(want string) {
			t.Helper()
			if a := e.do(t, "GetItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"ProjectionExpression":"n"}`); string(a.Body) != `{"Item":{"n":{"N":"`+want+`"}}}` {
				t.Errorf("got %s, want %s", a.Body, want)
			}
		}
		for range 2 {
			if err := add("1"); err != nil {
				t.Fatal(err)
			}
		}
		check("1")
		time.Sleep(10*time.Minute - time.Second)
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		e, server = start(t, dir)
		defer server.Close()
		if err := add("1"); err != nil {
			t.Fatal(err)
		}
		check("1")
		if _, ok := errors.AsType[*types.IdempotentParameterMismatchException](add("2")); !ok {
			t.Error("another transaction under the token is not refused")
		}
		time.Sleep(time.Second)
		if err := add("2"); err != nil {
			t.Fatal(err)
		}
		check("3")
	})
}

func TestTokenOfFailedTransactionIsFree(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const body = `{"ClientRequestToken":"t","ReturnConsumedCapacity":"TOTAL","TransactItems":[{"Update":{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":"SET n = n + :v","ExpressionAttributeValues":{":v":{"N":"1"}}}}]}`
	if a := e.call(t, "TransactWriteItems", body); a.Type != "TransactionCanceledException" || !strings.Contains(a.Message, "[ValidationError]") {
		t.Fatalf("got %s: %s", a.Type, a.Message)
	}
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"1"}}}`)
	if a := e.do(t, "TransactWriteItems", body); !sameJSON(t, string(a.Body), `{"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":2,"WriteCapacityUnits":2}]}`) {
		t.Errorf("first: %s", a.Body)
	}
	if a := e.do(t, "TransactWriteItems", body); !sameJSON(t, string(a.Body), `{"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":2,"ReadCapacityUnits":2}]}`) {
		t.Errorf("again: %s", a.Body)
	}
}

func TestTransactionsRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	put := func(i int) string {
		return fmt.Sprintf(`{"Put":{"TableName":"tab","Item":{"id":{"S":"%d"}}}}`, i)
	}
	big := func(i int) string {
		return fmt.Sprintf(`{"Put":{"TableName":"tab","Item":{"id":{"S":"%d"},"x":{"S":"%s"}}}}`, i, strings.Repeat("x", 100000))
	}
	const twice = "Transaction request cannot include multiple operations on one item"
	tests := []struct{ items, want string }{
		{`[]`, "1 validation error detected: Value '[0 items]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{`null`, "1 validation error detected: Value null at 'transactItems' failed to satisfy constraint: Member must not be null"},
		{`[` + repeat(101, put) + `]`, "1 validation error detected: Value '[101 items]' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"},
		{`[` + repeat(45, big) + `]`, "Transaction payload size cannot exceed 4194304 bytes"},
		{`[{}]`, "TransactItems can only contain one of Check, Put, Update or Delete"},
		{`[{"Put":{"TableName":"tab","Item":{"id":{"S":"1"}}},"Delete":{"TableName":"tab","Key":{"id":{"S":"1"}}}}]`, "TransactItems can only contain one of Check, Put, Update or Delete"},
		{`[` + put(1) + `,` + put(1) + `]`, twice},
		{`[` + put(1) + `,{"ConditionCheck":{"TableName":"tab","Key":{"id":{"S":"1"}},"ConditionExpression":"attribute_exists(id)"}}]`, twice},
		{`[{"ConditionCheck":{"TableName":"tab","Key":{"id":{"S":"1"}}}}]`, "1 validation error detected: Value null at 'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null"},
		{`[{"Update":{"TableName":"tab","Key":{"id":{"S":"1"}}}}]`, "1 validation error detected: Value null at 'transactItems.1.member.update.updateExpression' failed to satisfy constraint: Member must not be null"},
		{`[{"Put":{"TableName":"tab","Item":{"id":{"S":"1"}},"ConditionExpression":"attribute_exists(#x)"}}]`, "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #x"},
		{`[{"Put":{"TableName":"tab","Item":{"id":{"S":"1"}},"ReturnValuesOnConditionCheckFailure":"dog"}}]`, "1 validation error detected: Value 'dog' at 'transactItems.1.member.put.returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]"},
	}
	for _, test := range tests {
		e.invalid(t, "TransactWriteItems", `{"TransactItems":`+test.items+`}`, test.want)
	}
	e.invalid(t, "TransactWriteItems", `{"ClientRequestToken":"`+strings.Repeat("t", 37)+`","TransactItems":[`+put(1)+`]}`, "1 validation error detected: Value '"+strings.Repeat("t", 37)+"' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36")
	e.refused(t, "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"gone","Item":{"id":{"S":"1"}}}}]}`, "ResourceNotFoundException: Requested resource not found")
	// What does not fit a table cancels; only the first is reported.
	a := e.call(t, "TransactWriteItems", `{"TransactItems":[`+put(1)+`,{"Put":{"TableName":"tab","Item":{"id":{"N":"7"}}}},{"Put":{"TableName":"tab","Item":{"id":{"N":"8"}}}}]}`)
	var canceled struct {
		CancellationReasons []struct{ Code, Message string }
	}
	a.Status = 200
	a.decode(t, &canceled)
	if want := "[{None } {ValidationError One or more parameter values were invalid: Type mismatch for key id expected: S actual: N} {None }]"; a.Type != "TransactionCanceledException" || fmt.Sprint(canceled.CancellationReasons) != want {
		t.Errorf("%s %v", a.Type, canceled.CancellationReasons)
	}
	get := `{"Get":{"TableName":"tab","Key":{"id":{"S":"1"}}}}`
	e.invalid(t, "TransactGetItems", `{"TransactItems":[`+get+`,`+get+`]}`, twice)
	e.invalid(t, "TransactGetItems", `{"TransactItems":[{}]}`, "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null")
	e.refused(t, "TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"tab","Key":{"id":{"N":"1"}}}}]}`, "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]")
}

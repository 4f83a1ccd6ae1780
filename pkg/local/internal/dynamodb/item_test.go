package dynamodb_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
}

// everything is an item with a value of every kind.
func everything() attributes {
	return attributes{
		"id": str("1"), "s": str("text \u2028 <&> \" \\ \x01"), "empty": str(""), "n": num("-56.789"),
		"b":    &types.AttributeValueMemberB{Value: []byte{0, 1, 255}},
		"bool": &types.AttributeValueMemberBOOL{Value: false},
		"null": &types.AttributeValueMemberNULL{Value: true},
		"ss":   &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
		"ns":   &types.AttributeValueMemberNS{Value: []string{"-1", "2.5"}},
		"bs":   &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"l":    &types.AttributeValueMemberL{Value: []types.AttributeValue{str("x"), num("1"), &types.AttributeValueMemberL{Value: []types.AttributeValue{}}}},
		"m":    &types.AttributeValueMemberM{Value: attributes{"k": &types.AttributeValueMemberM{Value: attributes{}}, "a.b": str("y")}},
	}
}

func TestItemsComeBackAsTheyWent(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	want := everything()
	if _, err := e.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("tab"), Item: want}); err != nil {
		t.Fatal(err)
	}
	got, err := e.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("tab"), Key: attributes{"id": str("1")}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Item, want) {
		t.Errorf("got %v, want %v", got.Item, want)
	}
	none, err := e.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("tab"), Key: attributes{"id": str("2")}})
	if err != nil || none.Item != nil {
		t.Errorf("an absent item: %v, %v", none.Item, err)
	}
}

func TestConditionFails(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	put := func(show types.ReturnValuesOnConditionCheckFailure) error {
		_, err := e.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("tab"), Item: attributes{"id": str("1"), "x": num("1")},
			ConditionExpression: aws.String("attribute_not_exists(id)"), ReturnValuesOnConditionCheckFailure: show,
		})
		return err
	}
	if err := put(""); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		show types.ReturnValuesOnConditionCheckFailure
		item attributes
	}{{"", nil}, {"NONE", nil}, {"ALL_OLD", attributes{"id": str("1"), "x": num("1")}}} {
		failed, ok := errors.AsType[*types.ConditionalCheckFailedException](put(test.show))
		if !ok {
			t.Fatalf("%s: not a ConditionalCheckFailedException", test.show)
		}
		if failed.ErrorMessage() != "The conditional request failed" || !reflect.DeepEqual(failed.Item, map[string]types.AttributeValue(test.item)) {
			t.Errorf("%s: %s, item %v", test.show, failed.ErrorMessage(), failed.Item)
		}
	}
}

func TestFiftyRacersOneWinner(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	won, lost := 0, 0
	for i := range 50 {
		wg.Go(func() {
			_, err := e.PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: aws.String("tab"), Item: attributes{"id": str("race"), "by": num(string(rune('0' + i%10)))},
				ConditionExpression: aws.String("attribute_not_exists(id)"),
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
				lost++
			}
		})
	}
	wg.Wait()
	if won != 1 || lost != 49 {
		t.Errorf("%d won and %d lost, want 1 and 49", won, lost)
	}
}

func TestReturnValues(t *testing.T) {
	const old = `{"id":{"S":"1"},"a":{"M":{"b":{"S":"dog"},"c":{"L":[{"N":"1"},{"N":"2"},{"N":"3"}]}}},"d":{"S":"cat"},"n":{"N":"3"}}`
	tests := []struct{ name, operation, rest, want string }{
		{"put none", "PutItem", `"Item":{"id":{"S":"1"}}`, `{}`},
		{"put old", "PutItem", `"Item":{"id":{"S":"1"}},"ReturnValues":"ALL_OLD"`, `{"Attributes":` + old + `}`},
		{"put new id", "PutItem", `"Item":{"id":{"S":"2"}},"ReturnValues":"ALL_OLD"`, `{}`},
		{"delete old", "DeleteItem", `"Key":{"id":{"S":"1"}},"ReturnValues":"ALL_OLD"`, `{"Attributes":` + old + `}`},
		{"delete absent", "DeleteItem", `"Key":{"id":{"S":"2"}},"ReturnValues":"ALL_OLD"`, `{}`},
		{"update none", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE d"`, `{}`},
		{"update all old", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE d","ReturnValues":"ALL_OLD"`, `{"Attributes":` + old + `}`},
		{"update all new", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE a, n","ReturnValues":"ALL_NEW"`, `{"Attributes":{"d":{"S":"cat"},"id":{"S":"1"}}}`},
		{"updated old", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"SET d = d, z = d","ReturnValues":"UPDATED_OLD"`, `{"Attributes":{"d":{"S":"cat"}}}`},
		{"updated old, nothing there", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"SET z = d","ReturnValues":"UPDATED_OLD"`, `{}`},
		{"updated new", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"SET z = d REMOVE d","ReturnValues":"UPDATED_NEW"`, `{"Attributes":{"z":{"S":"cat"}}}`},
		{"updated new, removed", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE d","ReturnValues":"UPDATED_NEW"`, `{}`},
		{"updated old, nested", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"SET a.c[1] = n, a.b = n","ReturnValues":"UPDATED_OLD"`, `{"Attributes":{"a":{"M":{"b":{"S":"dog"},"c":{"L":[{"N":"2"}]}}}}}`},
		{"updated new, beyond the end", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"SET a.c[100] = n","ReturnValues":"UPDATED_NEW"`, `{}`},
		{"updated new, what moved up", "UpdateItem", `"Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE a.c[1]","ReturnValues":"UPDATED_NEW"`, `{"Attributes":{"a":{"M":{"c":{"L":[{"N":"3"}]}}}}}`},
		{"update makes an item", "UpdateItem", `"Key":{"id":{"S":"2"}},"ReturnValues":"ALL_NEW"`, `{"Attributes":{"id":{"S":"2"}}}`},
		{"a removal makes none", "UpdateItem", `"Key":{"id":{"S":"2"}},"UpdateExpression":"REMOVE b","ReturnValues":"ALL_NEW"`, `{}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := open(t, "")
			e.simple(t)
			e.do(t, "PutItem", `{"TableName":"tab","Item":`+old+`}`)
			got := e.do(t, test.operation, `{"TableName":"tab",`+test.rest+`}`)
			if !sameJSON(t, string(got.Body), test.want) {
				t.Errorf("got %s, want %s", got.Body, test.want)
			}
		})
	}
}

func TestUpdateRemovalOfAbsentItemStoresNothing(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "UpdateItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":"REMOVE b"}`)
	if got := e.do(t, "GetItem", `{"TableName":"tab","Key":{"id":{"S":"1"}}}`); string(got.Body) != "{}" {
		t.Errorf("got %s, want no item", got.Body)
	}
}

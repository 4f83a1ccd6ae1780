package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// What the SDK has written is read back into the input that it was written from.
func TestFill(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       any
	}{
		{"strings, numbers and lists", `{"QueueUrl":"u","MaxNumberOfMessages":10,"MessageSystemAttributeNames":["SentTimestamp"]}`,
			&sqs.ReceiveMessageInput{
				QueueUrl: aws.String("u"), MaxNumberOfMessages: 10,
				MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"SentTimestamp"},
			}},
		{"structures in a list", `{"QueueUrl":"u","Entries":[{"Id":"0","MessageBody":"{\"a\":1}"},{"Id":"1","MessageBody":"b"}]}`,
			&sqs.SendMessageBatchInput{QueueUrl: aws.String("u"), Entries: []sqstypes.SendMessageBatchRequestEntry{
				{Id: aws.String("0"), MessageBody: aws.String(`{"a":1}`)}, {Id: aws.String("1"), MessageBody: aws.String("b")},
			}}},
		{"attributes", `{"TableName":"t","Item":{"s":{"S":"x"},"n":{"N":"1"},"b":{"B":"YQ=="},"o":{"BOOL":true},"l":{"L":[{"N":"2"}]},"m":{"M":{"k":{"SS":["y"]}}}},"ExpressionAttributeNames":{"#s":"s"}}`,
			&dynamodb.PutItemInput{TableName: aws.String("t"), ExpressionAttributeNames: map[string]string{"#s": "s"}, Item: map[string]dynamodbtypes.AttributeValue{
				"s": &dynamodbtypes.AttributeValueMemberS{Value: "x"}, "n": &dynamodbtypes.AttributeValueMemberN{Value: "1"},
				"b": &dynamodbtypes.AttributeValueMemberB{Value: []byte("a")}, "o": &dynamodbtypes.AttributeValueMemberBOOL{Value: true},
				"l": &dynamodbtypes.AttributeValueMemberL{Value: []dynamodbtypes.AttributeValue{&dynamodbtypes.AttributeValueMemberN{Value: "2"}}},
				"m": &dynamodbtypes.AttributeValueMemberM{Value: map[string]dynamodbtypes.AttributeValue{"k": &dynamodbtypes.AttributeValueMemberSS{Value: []string{"y"}}}},
			}}},
		{"an unknown member", `{"Nonsense":1}`, (*sqs.ReceiveMessageInput)(nil)},
		{"another type", `{"QueueUrl":1}`, (*sqs.ReceiveMessageInput)(nil)},
		{"no attribute", `{"Item":{"s":{"X":"x"}}}`, (*dynamodb.PutItemInput)(nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := json.NewDecoder(bytes.NewReader([]byte(tc.text)))
			d.UseNumber()
			var doc any
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(tc.want)).Elem()
			err := fill(got, doc)
			if reflect.ValueOf(tc.want).IsNil() {
				if err == nil {
					t.Errorf("no error, but %+v", got)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got.Interface(), tc.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

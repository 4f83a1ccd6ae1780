package requester_test

import (
	"context"
	"fmt"
	"log"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
)

// A program asks for the statistics of a list. The stack is the one that the AWS
// configuration of its environment leads to.
func Example() {
	ctx := context.Background()
	config, err := cloud.Load(ctx, "", "")
	if err != nil {
		log.Fatal(err)
	}
	stack, err := cloud.Open(ctx, "statline", config)
	if err != nil {
		log.Fatal(err)
	}
	client, err := requester.New(requester.Config{
		Stack: stack.Stack, TopicARN: stack.TopicARN(), SNS: stack.SNS, SQS: stack.SQS,
		Results:  &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table()},
		ClientID: "lab",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close(ctx)

	list, err := stats.ParseText([]byte("7 8 54 89"))
	if err != nil {
		log.Fatal(err)
	}
	reply, err := client.Do(ctx, message.Request{ID: message.NewID(), Numbers: list})
	if err != nil {
		log.Fatal(err) // no answer in time; it will be in the table under its ID
	}
	fmt.Println(reply.Status, reply.Result.Mean, reply.Result.Median)
}

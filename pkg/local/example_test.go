package local_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/statline/statline/pkg/local"
)

func Example() {
	server, err := local.Open(local.Config{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(), Credentials: aws.AnonymousCredentials{}}

	queue, err := sqs.NewFromConfig(cfg).CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String("hello")})
	if err != nil {
		panic(err)
	}
	fmt.Println(*queue.QueueUrl)
	// Output: http://127.0.0.1:4566/000000000000/hello
}

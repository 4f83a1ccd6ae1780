package plain

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/scripts/peers/pipes/loopback"
)

// Service is one of the two services: its clients, and the names of what it uses.
type Service struct {
	SQS      *sqs.Client
	DynamoDB *dynamodb.Client
	S3       *s3.Client
	QueueURL string
	Role     string // "stats" or "audit"
	table    string
	bucket   string
}

// Open opens the service that the command line names, "stats" or "audit", as the
// SDK's documentation has it: with the configuration of the environment, and the
// SDK's own HTTP client, made fit for loopback.
func Open(ctx context.Context) (*Service, error) {
	if len(os.Args) != 2 || os.Args[1] != "stats" && os.Args[1] != "audit" {
		return nil, fmt.Errorf("usage: %s stats|audit", os.Args[0])
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(loopback.Whole(awshttp.NewBuildableClient())))
	if err != nil {
		return nil, err
	}
	stack := os.Getenv("STATLINE_STACK")
	s := &Service{
		SQS: sqs.NewFromConfig(c), DynamoDB: dynamodb.NewFromConfig(c), S3: s3.NewFromConfig(c), Role: os.Args[1],
		table: stack + "-results", bucket: stack + "-audit-000000000000-" + c.Region,
	}
	out, err := s.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(stack + "-" + s.Role)})
	if err != nil {
		return nil, err
	}
	s.QueueURL = *out.QueueUrl
	return s, nil
}

// Handle does what the service does with a message, all but to delete it: it
// stores the result and sends the reply, or logs the request.
func (s *Service) Handle(ctx context.Context, body []byte, send func(ctx context.Context, url string, body []byte) error) error {
	var q Request
	if err := json.Unmarshal(body, &q); err != nil {
		return err
	}
	if len(q.Numbers) == 0 {
		return fmt.Errorf("request %s: an empty list", q.ID)
	}
	if s.Role == "audit" {
		return s.log(ctx, q)
	}
	r := Answer(q)
	if err := s.store(ctx, q, r); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return send(ctx, q.ReplyTo, text)
}

func (s *Service) store(ctx context.Context, q Request, r Reply) error {
	text := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	number := func(v float64) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatFloat(v, 'g', -1, 64)}
	}
	_, err := s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: map[string]types.AttributeValue{
		"request_id": text(q.ID), "sent_at": text(q.SentAt.Format(time.RFC3339Nano)),
		"count": number(float64(r.Count)), "sum": number(r.Sum), "min": number(r.Min), "max": number(r.Max),
		"mean": number(r.Mean), "median": number(r.Median), "stddev": number(r.StdDev),
	}})
	return err
}

// log writes an object of one line.
func (s *Service) log(ctx context.Context, q Request) error {
	numbers, err := json.Marshal(q.Numbers)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("%s request=%s count=%d numbers=%s\n", q.SentAt.Format(time.RFC3339Nano), q.ID, len(q.Numbers), numbers)
	_, err = s.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.bucket, Key: aws.String("requests/" + q.ID + ".txt"), Body: strings.NewReader(line)})
	return err
}

// Main runs the service for ever: n workers at once, PEERS_GOROUTINES in its
// environment.
func Main(run func(ctx context.Context, s *Service, n int)) {
	ctx := context.Background()
	s, err := Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	n, err := strconv.Atoi(os.Getenv("PEERS_GOROUTINES"))
	if err != nil || n < 1 {
		log.Fatalf("PEERS_GOROUTINES=%q: write a positive number", os.Getenv("PEERS_GOROUTINES"))
	}
	run(ctx, s, n)
}

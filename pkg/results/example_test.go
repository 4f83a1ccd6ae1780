package results_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// Whoever puts a row first has answered the request; the others get that answer.
func ExampleStore_Put() {
	ctx := context.Background()
	server, err := local.Open(local.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	stack, err := cloud.Open(ctx, "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		log.Fatal(err)
	}
	if err := stack.Create(ctx); err != nil {
		log.Fatal(err)
	}
	store := &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table()}

	put := func(body string, at time.Time) {
		in := message.Parse("statline", []byte(body))[0]
		reply := in.Answer()
		reply.CompletedAt = at
		row, err := store.Put(ctx, results.Result{Reply: reply, Digest: in.Digest})
		fmt.Println(row.Result.Mean, message.FormatTime(row.CompletedAt), errors.Is(err, results.ErrConflict))
	}
	first := time.Date(2026, 11, 23, 4, 15, 2, 0, time.UTC)
	put(`{"schema":"statline.request/v1","request_id":"r1","numbers":[7,8,54,89]}`, first)
	put(`{"schema":"statline.request/v1","request_id":"r1","numbers":[7,8,54,89]}`, first.Add(time.Minute))
	put(`{"schema":"statline.request/v1","request_id":"r1","numbers":[1]}`, first.Add(time.Hour))
	// Output:
	// 39.5 2026-11-23T04:15:02.000Z false
	// 39.5 2026-11-23T04:15:02.000Z false
	// 39.5 2026-11-23T04:15:02.000Z true
}

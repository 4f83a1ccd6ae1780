package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

// TestEvents: what an event of the stats function is billed for is what the model says:
// replies by tens to each inbox, and two write units a request.
func TestEvents(t *testing.T) {
	for _, s := range scenarios {
		t.Run(fmt.Sprintf("%v messages of %v", s.fill, s.lists), func(t *testing.T) {
			const events = 40
			u := worked(t, s, events)
			got := float64(u.Calls["SQS SendMessage"]+u.Calls["SQS SendMessageBatch"]) / events
			if want := s.replyCalls(); math.Abs(got-want) > want/20 {
				t.Errorf("%.2f calls with replies, the model says %.2f: %v", got, want, u.Calls)
			}
			if got := u.Billed[cloud.WriteUnit] / events / s.fill / s.lists; math.Abs(got-2) > 0.01 {
				t.Errorf("%.2f write units a request", got)
			}
			if got, want := float64(u.Calls["DynamoDB BatchExecuteStatement"]+u.Calls["DynamoDB PutItem"])/events, math.Ceil(s.fill*s.lists/25); got > want {
				t.Errorf("%.2f calls to the table, want %v", got, want)
			}
		})
	}
}

// worked is what the stats function uses for events of a scenario, whose requests come
// from the inboxes at random.
func worked(t *testing.T, s scenario, events int) (u cloud.Usage) {
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		var meter cloud.Meter
		stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		if err := stack.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		var to [inboxes]string
		for i := range to {
			to[i] = message.NewInbox("statline", "lab")
			if _, err := stack.SQS.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &to[i]}); err != nil {
				t.Fatal(err)
			}
		}
		metered := stack.With(meter.Metered(cloud.Config(local.URL, "us-east-1", server.Client())))
		r := &responder.Responder{
			Stack: "statline", SQS: metered.SQS, QueueURL: stack.QueueURL,
			Results: &results.Store{DynamoDB: metered.DynamoDB, Table: stack.Table()},
		}
		r.Hurry() // as the function does
		random := rand.New(rand.NewPCG(1, 1))
		for range events {
			var messages []queue.Message
			for range int(s.fill) {
				var bodies []string
				for range int(s.lists) {
					bodies = append(bodies, fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"client_id":"lab","inbox":%q,"numbers":[1,2]}`, message.NewID(), to[random.IntN(len(to))]))
				}
				messages = append(messages, queue.Message{ID: message.NewID(), Body: message.Pack(bodies), Receives: 1})
			}
			for i, err := range r.Handle(t.Context(), messages) {
				if err != nil {
					t.Errorf("message %d: %v", i, err)
				}
			}
		}
		u = meter.Usage()
	})
	return u
}

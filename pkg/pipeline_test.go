package pkg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
)

// TestEveryCallerGetsItsOwnAnswer: many clients, many requests under way on each,
// all answered with what was asked and by nothing else, and nothing is left
// behind.
func TestEveryCallerGetsItsOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		const clients, each = 40, 25
		var wg sync.WaitGroup
		for c := range clients {
			r := s.client(fmt.Sprintf("client-%d", c%7)) // some share their client ID
			wg.Go(func() {
				defer s.closeClient(r)
				var asked sync.WaitGroup
				for i := range each {
					asked.Go(func() {
						q := request(t, message.NewID(), fmt.Sprintf("%d %d.5 -3", c, i))
						reply, err := r.Do(t.Context(), q)
						if err != nil || reply.RequestID != q.ID || reply.Result.Mean != want(t, q) {
							t.Errorf("client %d, list %d: %+v, %v", c, i, reply, err)
						}
					})
				}
				asked.Wait()
				if n := r.Counts(); n.Foreign != 0 || n.Replies > each {
					t.Errorf("client %d: %+v", c, n)
				}
			})
		}
		wg.Wait()
		s.settle()
		s.halt()
		s.noDeadLetters()
		left, err := s.SQS.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(s.Inboxes())})
		if err != nil || len(left.QueueUrls) > 0 {
			t.Errorf("inboxes left: %v, %v", left.QueueUrls, err)
		}
	})
}

// TestRepeat: the same request twice is the same answer twice, from one row.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		defer s.halt()
		r := s.client("lab")
		defer s.closeClient(r)
		q := request(t, "r1", "7 8 54 89")
		first, err := r.Do(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		second, err := r.Do(t.Context(), q)
		if err != nil || !second.CompletedAt.Equal(first.CompletedAt.Truncate(time.Millisecond)) || second.Result.Mean != "39.5" {
			t.Errorf("first %+v, then %+v, %v", first, second, err)
		}
	})
}

// TestIDConflict: the same ID with another list is an error, and what is stored
// stays.
func TestIDConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		r := s.client("lab")
		if _, err := r.Do(t.Context(), request(t, "r1", "7 8 54 89")); err != nil {
			t.Fatal(err)
		}
		before := s.row("r1")
		reply, err := r.Do(t.Context(), request(t, "r1", "1 2"))
		if err != nil || reply.Status != message.StatusError || reply.Fault.Code != message.IDConflict || reply.Fault.Path != "request_id" {
			t.Errorf("answer %+v, %v", reply, err)
		}
		s.closeClient(r)
		s.settle()
		s.halt()
		s.noDeadLetters()
		if after := s.row("r1"); after.Digest != before.Digest || after.Result.Mean != "39.5" {
			t.Errorf("row is now %+v", after)
		}
		if n := len(s.entries("r1")); n != 2 {
			t.Errorf("%d entries in the log, want 2", n)
		}
	})
}

// TestExpired: a request whose deadline has passed is answered so, not computed.
func TestExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		r := s.client("lab")
		defer s.closeClient(r)
		q := request(t, "r1", "1 2 3")
		q.Deadline = time.Now().Add(time.Minute)
		p, err := r.Send(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		s.start()
		defer s.halt()
		reply, err := p.Await(t.Context())
		if err != nil || reply.Status != message.StatusExpired || reply.Result != nil {
			t.Errorf("answer %+v, %v", reply, err)
		}
	})
}

// TestTimeoutLosesNothing: the caller gives up, the answer comes later all the
// same, and its late reply goes to nobody.
func TestTimeoutLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		r := s.client("lab")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err := r.Do(ctx, request(t, "r1", "7 8 54 89"))
		if !errors.Is(err, requester.ErrUnanswered) || !strings.Contains(err.Error(), "r1") {
			t.Errorf("error %v, want ErrUnanswered with the ID", err)
		}
		s.start()
		s.settle() // the late reply is in the inbox, which nobody polls
		if _, err := r.Do(t.Context(), request(t, "r2", "1")); err != nil {
			t.Fatal(err)
		}
		s.settle()
		s.halt()
		if row := s.row("r1"); row.Result.Mean != "39.5" {
			t.Errorf("row %+v", row)
		}
		if n := r.Counts(); n.Late != 1 || n.Replies != 1 {
			t.Errorf("counts %+v, want one late", n)
		}
		s.closeClient(r)
	})
}

// TestInboxGone: without an inbox to reply to, the answer is stored, the message
// is done with, and the caller finds it in the table.
func TestInboxGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		r := s.client("lab")
		p, err := r.Send(t.Context(), request(t, "r1", "7 8 54 89"))
		if err != nil {
			t.Fatal(err)
		}
		queues, err := s.SQS.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(s.Inboxes())})
		if err != nil || len(queues.QueueUrls) != 1 {
			t.Fatalf("%v, %v", queues, err)
		}
		if _, err := s.SQS.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &queues.QueueUrls[0]}); err != nil {
			t.Fatal(err)
		}
		s.start()
		reply, err := p.Await(t.Context())
		if err != nil || reply.Result.Mean != "39.5" {
			t.Errorf("answer %+v, %v", reply, err)
		}
		s.settle()
		// The next request has a new inbox.
		if reply, err := r.Do(t.Context(), request(t, "r2", "1")); err != nil || reply.Result.Mean != "1" {
			t.Errorf("second answer %+v, %v", reply, err)
		}
		if n := r.Counts(); n.Replies != 1 {
			t.Errorf("counts %+v, want one reply by the inbox", n)
		}
		s.closeClient(r)
		s.settle()
		s.halt()
		s.noDeadLetters()
	})
}

// TestSilentInbox: a reply that is lost on its way costs the grace, no more.
func TestSilentInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "SendMessageBatch" {
				return &local.Response{Status: 200, Body: []byte(`{"Successful":[],"Failed":[]}`)}, nil
			}
			return next(), nil
		})
		s.start()
		defer s.halt()
		r := s.client("lab")
		defer s.closeClient(r)
		began := time.Now()
		reply, err := r.Do(t.Context(), request(t, "r1", "7 8 54 89"))
		if took := time.Since(began); err != nil || reply.Result.Mean != "39.5" || took < 2*time.Second || took > 4*time.Second {
			t.Errorf("answer %+v, %v after %v", reply, err, took)
		}
	})
}

// TestStrangersAndRepeats: what nobody asked for reaches nobody.
func TestStrangersAndRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		r := s.client("lab")
		p, err := r.Send(t.Context(), request(t, "r1", "7 8 54 89"))
		if err != nil {
			t.Fatal(err)
		}
		queues, err := s.SQS.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(s.Inboxes())})
		if err != nil {
			t.Fatal(err)
		}
		forge := func(body string) {
			if _, err := s.SQS.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queues.QueueUrls[0], MessageBody: &body}); err != nil {
				t.Fatal(err)
			}
		}
		forge(`not a reply`)
		forge(`{"schema":"statline.reply/v1","request_id":"r1","nonce":"guessed","status":"dead"}`)
		forge(`{"schema":"statline.reply/v1","request_id":"r1","status":"dead"}`)
		forge(`{"schema":"statline.reply/v1","request_id":"r2","nonce":"n","status":"dead"}`)
		s.start()
		reply, err := p.Await(t.Context())
		if err != nil || reply.Result == nil || reply.Result.Mean != "39.5" {
			t.Errorf("answer %+v, %v", reply, err)
		}
		again := `{"schema":"statline.reply/v1","request_id":"r1","nonce":"x","status":"dead"}`
		forge(again)
		if _, err := r.Do(t.Context(), request(t, "r3", "1")); err != nil {
			t.Fatal(err)
		}
		if n := r.Counts(); n != (requester.Counts{Replies: 2, Foreign: 4, Repeated: 1}) {
			t.Errorf("counts %+v", n)
		}
		s.closeClient(r)
		s.halt()
	})
}

// TestDead: what fails on every delivery is answered "dead" on the last one and
// goes to the dead-letter queue; a redrive gives it its real answer.
func TestDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "PutItem" && strings.Contains(string(c.Body), `"ok"`) {
				return local.Refuse(c, 500, "InternalServerError", "no"), nil
			}
			return next(), nil
		})
		s.start()
		r := s.client("lab")
		q := request(t, "r1", "7 8 54 89")
		reply, err := r.Do(t.Context(), q)
		if err != nil || reply.Status != message.StatusDead {
			t.Fatalf("answer %+v, %v", reply, err)
		}
		s.settle()
		if n := s.depth(s.StatsDLQ()); n != 1 {
			t.Fatalf("%d dead letters, want 1", n)
		}
		if row := s.row("r1"); row.Status != message.StatusDead || row.Digest != q.Digest() {
			t.Errorf("row %+v", row)
		}
		s.server.Hook(nil)
		arn := s.QueueARN(s.StatsDLQ())
		if _, err := s.SQS.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &arn}); err != nil {
			t.Fatal(err)
		}
		s.settle()
		if row := s.row("r1"); row.Status != message.StatusOK || row.Result.Mean != "39.5" {
			t.Errorf("row after the redrive %+v", row)
		}
		s.closeClient(r)
		s.halt()
		s.noDeadLetters()
		if n := len(s.entries("r1")); n != 1 {
			t.Errorf("%d entries in the log, want 1", n)
		}
	})
}

// TestStopReturnsMessages: a service that stops leaves nothing hidden.
func TestStopReturnsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		time.Sleep(time.Second) // the workers poll
		s.stop()
		s.publish(`{"schema":"statline.request/v1","request_id":"r1","numbers":[1]}`)
		s.workers.Wait()
		s.start() // another instance finds it at once
		time.Sleep(3 * time.Second)
		s.halt()
		if row := s.row("r1"); row.Result.Mean != "1" {
			t.Errorf("row %+v", row)
		}
		if n := len(s.entries("r1")); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestEveryCallMayFail: whatever call fails, before it happened or after, with an
// error or a broken connection, once or for a while: every request has its one
// answer, row and entry.
func TestEveryCallMayFail(t *testing.T) {
	operations := []string{
		"PublishBatch", "CreateQueue", "ReceiveMessage", "PutItem", "SendMessageBatch", "DeleteMessageBatch", "PutObject", "DeleteQueue",
	}
	broken := errors.New("connection reset by peer")
	faults := map[string]local.Hook{
		"refused": func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, 503, "ServiceUnavailable", "try again"), nil
		},
		"throttled": func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, 400, "ThrottlingException", "Rate exceeded"), nil
		},
		"done, but an error": func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			next()
			return local.Refuse(c, 500, "InternalFailure", "try again"), nil
		},
		"broken before": func(*local.Call, func() *local.Response) (*local.Response, error) { return nil, broken },
		"broken after": func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			next()
			return nil, broken
		},
		"truncated": func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			r := next()
			return &local.Response{Status: r.Status, Header: r.Header, Body: r.Body[:len(r.Body)/2]}, nil
		},
	}
	for _, operation := range operations {
		for name, fault := range faults {
			for _, times := range []int{1, 12} {
				t.Run(fmt.Sprintf("%s/%s/%d", operation, name, times), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { surviveFault(t, failing(operation, times, fault)) })
				})
			}
		}
	}
}

func surviveFault(t *testing.T, hook local.Hook) {
	s := newSystem(t)
	s.start()
	s.server.Hook(hook)
	r := s.client("lab")
	for i := range 3 {
		q := request(t, fmt.Sprintf("r%d", i), fmt.Sprintf("%d 8 54 89", i))
		reply, err := r.Do(t.Context(), q)
		for tries := 0; err != nil && tries < 5; tries++ { // the inbox could not be made
			time.Sleep(time.Minute)
			reply, err = r.Do(t.Context(), q)
		}
		if err != nil || reply.Status != message.StatusOK || reply.Result.Mean != want(t, q) {
			t.Errorf("request %s: %+v, %v", q.ID, reply, err)
		}
	}
	if err := r.Close(context.Background()); err != nil { // may fail as often as the hook says
		if err := r.Close(context.Background()); err != nil {
			t.Logf("inbox not removed: %v", err)
		}
	}
	s.settle()
	s.halt()
	s.noDeadLetters()
	for i := range 3 {
		id := fmt.Sprintf("r%d", i)
		if row := s.row(id); row.Status != message.StatusOK {
			t.Errorf("row %+v", row)
		}
		if len(s.entries(id)) == 0 {
			t.Errorf("request %s is not in the log", id)
		}
	}
}

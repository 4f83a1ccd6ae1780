package sqs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// abandoned is a context that is found cancelled from its nth look on, and wakes
// nobody: the client goes away at one certain moment of a call.
type abandoned struct {
	context.Context
	looks atomic.Int64 // that are left
}

func (a *abandoned) Done() <-chan struct{} { return nil }
func (a *abandoned) Err() error {
	if a.looks.Add(-1) >= 0 {
		return nil
	}
	return context.Canceled
}

// poll waits for one message with that context.
func poll(ctx context.Context, s *sqs.Service) (*wire.Response, error) {
	return s.Serve(ctx, &wire.Call{
		Service: "sqs", Operation: "ReceiveMessage", Region: "us-east-1", Account: "000000000000", BaseURL: "http://127.0.0.1",
		Body: []byte(`{` + queueURL + `,"WaitTimeSeconds":20}`),
	})
}

// A poll whose client goes away between the taking and the answer gives back what
// it took, as if it had not been received.
func TestAbandonedAnswer(t *testing.T) {
	s := service(t, nil)
	mustCall(t, s, "CreateQueue", `{"QueueName":"q"}`, nil)
	mustCall(t, s, "SendMessage", `{`+queueURL+`,"MessageBody":"m"}`, nil)
	ctx := &abandoned{Context: t.Context()}
	ctx.looks.Store(1)
	if r, err := poll(ctx, s); err == nil {
		t.Fatalf("the answer is %s, want none", r.Body)
	}
	var got struct {
		Messages []struct{ Attributes map[string]string }
	}
	mustCall(t, s, "ReceiveMessage", `{`+queueURL+`,"AttributeNames":["ApproximateReceiveCount"]}`, &got)
	if len(got.Messages) != 1 || got.Messages[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("got %+v, want the message, received once", got)
	}
}

// A poll that is woken for a message when its client has just gone hands the wake
// on to the next.
func TestAbandonedTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(t, nil)
		mustCall(t, s, "CreateQueue", `{"QueueName":"q"}`, nil)
		ctx := &abandoned{Context: t.Context()}
		ctx.looks.Store(1)
		go poll(ctx, s)
		synctest.Wait()
		start, answered := time.Now(), make(chan error)
		go func() {
			_, err := poll(t.Context(), s)
			answered <- err
		}()
		synctest.Wait()
		mustCall(t, s, "SendMessage", `{`+queueURL+`,"MessageBody":"m"}`, nil)
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the second poll has the message after %s, want at once", waited)
		}
	})
}

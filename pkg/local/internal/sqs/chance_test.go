package sqs_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
)

// atChance is open with a server that leaves to chance what AWS does.
func atChance(t *testing.T, c local.Chance) fixture {
	t.Helper()
	server, err := local.Open(local.Config{Chance: c})
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{T: t, Client: client(server, "us-east-1"), server: server}
	f.url = f.create("q", "VisibilityTimeout", "30")
	return f
}

// TestChanceNext: the order of the messages is that of chance.
func TestChanceNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := atChance(t, local.Chance{Next: func(queue string, n int) int {
			if queue != "q" {
				t.Errorf("queue %q", queue)
			}
			return n - 1
		}})
		for _, body := range []string{"a", "b", "c"} {
			f.send(body)
			time.Sleep(time.Second)
		}
		f.want("received", bodies(f.receive(0)), "c b a")
	})
}

// TestChanceAgain: a message is visible again before its timeout is over, under a
// handle that then is the one which deletes it.
func TestChanceAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := atChance(t, local.Chance{Again: func(string) (time.Duration, bool) { return 5 * time.Second, true }})
		f.send("a")
		first := f.receive(0)
		f.want("received at once", bodies(f.receive(0)), "")
		time.Sleep(6 * time.Second)
		second := f.receive(0)
		f.want("received early", bodies(second), "a")
		f.delete(first[0]) // by a handle that has become stale
		f.want("visible, in flight", f.counts(), "0/1/0")
		f.delete(second[0])
		f.want("visible, in flight", f.counts(), "0/0/0")
	})
}

// TestChanceUndone: a delete that comes to nothing is answered with success, and the
// message appears again when its timeout is over.
func TestChanceUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := atChance(t, local.Chance{Undone: func(string) bool { return true }})
		f.send("a")
		f.delete(f.receive(0)[0])
		f.want("received before the timeout", bodies(f.receive(0)), "")
		time.Sleep(31 * time.Second)
		f.want("received after the timeout", bodies(f.receive(0)), "a")
	})
}

// TestChanceInFlight: a limit of one's own for the messages in flight.
func TestChanceInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := atChance(t, local.Chance{InFlight: 2})
		f.send("a", "b", "c")
		f.want("received", bodies(f.receive(0)), "a b")
		_, err := f.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: f.url})
		f.refused("a short poll at the limit", err, "OverLimit", "")
		f.want("received by a long poll", bodies(f.receive(5)), "")
	})
}

// TestChanceTurn: a poll that waited asks for its turn before it looks.
func TestChanceTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns []string
		f := atChance(t, local.Chance{Turn: func(c *local.Call) {
			turns = append(turns, c.Operation)
			time.Sleep(time.Second)
		}})
		began := time.Now()
		time.AfterFunc(2*time.Second, func() { f.send("a") })
		f.want("received", bodies(f.receive(10)), "a")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %v, not until the put and the turn", took)
		}
		if !slices.Equal(turns, []string{"ReceiveMessage"}) {
			t.Errorf("turns %v", turns)
		}
	})
}

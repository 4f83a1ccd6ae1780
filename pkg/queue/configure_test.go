package queue

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var policies = []struct {
	policy string
	want   int // 0: refused
}{
	{`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:q-dlq","maxReceiveCount":10}`, 10},
	{`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:q-dlq","maxReceiveCount":"10"}`, 10},
	{`{"maxReceiveCount":1}`, 1},
	{`{"maxReceiveCount":"1000"}`, 1000},
	{` { "maxReceiveCount" : 5 , "other" : [1, {}] } `, 5},
	{`{"maxReceiveCount":0}`, 0},
	{`{"maxReceiveCount":-1}`, 0},
	{`{"maxReceiveCount":1001}`, 0},
	{`{"maxReceiveCount":1e1}`, 0},
	{`{"maxReceiveCount":2.5}`, 0},
	{`{"maxReceiveCount":"ten"}`, 0},
	{`{"maxReceiveCount":""}`, 0},
	{`{"maxReceiveCount":"99999999999999999999"}`, 0},
	{`{"maxReceiveCount":null}`, 0},
	{`{"maxReceiveCount":true}`, 0},
	{`{"maxReceiveCount":[10]}`, 0},
	{`{"maxReceiveCount":10`, 0},
	{`{}`, 0},
	{`[]`, 0},
	{`null`, 0},
	{`10`, 0},
	{``, 0},
	{`{"maxReceiveCount":10} {}`, 0},
}

func TestMaxReceiveCount(t *testing.T) {
	for _, test := range policies {
		n, err := maxReceiveCount(test.policy)
		if n != test.want || (err == nil) != (test.want > 0) {
			t.Errorf("%s: %d, %v, want %d", test.policy, n, err, test.want)
		}
	}
}

// TestMaxReceiveCountError: the error says what is wrong with a policy.
func TestMaxReceiveCountError(t *testing.T) {
	for policy, want := range map[string]string{
		`{"maxReceiveCount":10`:   "unexpected end of JSON input",
		`{"maxReceiveCount":2.5}`: `maxReceiveCount: strconv.Atoi: parsing "2.5"`,
		`{}`:                      `maxReceiveCount: strconv.Atoi: parsing ""`,
		`{"maxReceiveCount":0}`:   "maxReceiveCount is 0, not 1 to 1000",
	} {
		if _, err := maxReceiveCount(policy); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", policy, err, want)
		}
	}
}

// TestLast: a lease is over when its last message is visible again, whichever of
// them that is.
func TestLast(t *testing.T) {
	now := time.Now()
	a, b, c := Message{handle: "a"}, Message{handle: "b"}, Message{handle: "c"}
	l := &lease{until: map[string]time.Time{"a": now, "b": now.Add(time.Second)}}
	for _, held := range [][]Message{{a, b}, {b, a}, {c, b, a}, {b, c}} {
		if got := l.last(held); !got.Equal(now.Add(time.Second)) {
			t.Errorf("%v: last %v", held, got.Sub(now))
		}
	}
	if got := l.last(nil); !got.IsZero() {
		t.Errorf("of no message: %v", got)
	}
}

// FuzzMaxReceiveCount: what is accepted is in SQS's range and reads the same in
// either notation.
func FuzzMaxReceiveCount(f *testing.F) {
	for _, test := range policies {
		f.Add(test.policy)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		n, err := maxReceiveCount(policy)
		if err != nil {
			if n != 0 {
				t.Errorf("%d with error %v", n, err)
			}
			return
		}
		if n < 1 || n > 1000 {
			t.Fatalf("%d is out of range", n)
		}
		if !json.Valid([]byte(policy)) {
			t.Error("accepted what is no JSON")
		}
		for _, notation := range []string{strconv.Itoa(n), strconv.Quote(strconv.Itoa(n))} {
			if m, err := maxReceiveCount(fmt.Sprintf(`{"maxReceiveCount":%s}`, notation)); m != n || err != nil {
				t.Errorf("%s: %d, %v", notation, m, err)
			}
		}
	})
}

func TestConfigure(t *testing.T) {
	for _, test := range []struct {
		visibility, policy string
		want               *Worker
		err                string
	}{
		{"30", "", &Worker{visibility: 30 * time.Second}, ""},
		{"43200", `{"maxReceiveCount":"7"}`, &Worker{visibility: 12 * time.Hour, maxReceives: 7}, ""},
		{"0", "", &Worker{visibility: 30 * time.Second}, ""},
		{"", "", &Worker{}, "queue URL: visibility timeout"},
		{"30", "{", &Worker{}, "queue URL: redrive policy"},
	} {
		attributes := map[string]string{}
		for name, value := range map[types.QueueAttributeName]string{
			types.QueueAttributeNameVisibilityTimeout: test.visibility, types.QueueAttributeNameRedrivePolicy: test.policy,
		} {
			if value != "" {
				attributes[string(name)] = value
			}
		}
		w := Worker{URL: "URL", maxReceives: 3} // of an earlier run
		err := w.configure(attributes)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v: error %v, want %s", attributes, err, test.err)
			}
			continue
		}
		if err != nil || w.visibility != test.want.visibility || w.maxReceives != test.want.maxReceives {
			t.Errorf("%v: visibility %v, %d receives, %v", attributes, w.visibility, w.maxReceives, err)
		}
	}
}

func TestReceived(t *testing.T) {
	handle, id, body := "handle", "id", "body"
	message := func(receives, sent string) types.Message {
		return types.Message{
			MessageId: &id, Body: &body, ReceiptHandle: &handle,
			Attributes: map[string]string{"ApproximateReceiveCount": receives, "SentTimestamp": sent},
		}
	}
	m, err := received(message("3", "1700000000123"), 3)
	want := Message{ID: "id", Body: "body", SentAt: time.UnixMilli(1700000000123).UTC(), Receives: 3, Last: true, handle: "handle"}
	if err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range [][2]string{{"", "1"}, {"x", "1"}, {"1", ""}, {"1", "x"}} {
		if _, err := received(message(bad[0], bad[1]), 3); err == nil || !strings.Contains(err.Error(), "message id: ") {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}

// TestBackoffOutlastsOutage: the deliveries of a queue that allows ten span more
// than ten minutes.
func TestBackoffOutlastsOutage(t *testing.T) {
	var span time.Duration
	for n := 1; n < 10; n++ {
		span += backoff(n)
	}
	if span < 10*time.Minute {
		t.Errorf("ten deliveries span %v", span)
	}
	for _, n := range []int{-5, 0, 1} {
		if backoff(n) != 2*time.Second {
			t.Errorf("back-off %v after delivery %d", backoff(n), n)
		}
	}
	for _, n := range []int{9, 10, 64, 1 << 40} {
		if backoff(n) != 5*time.Minute {
			t.Errorf("back-off %v after delivery %d", backoff(n), n)
		}
	}
}

// TestAckLinger: an acknowledgement waits for little of what is left of the visibility
// timeout, and never for more than a second.
func TestAckLinger(t *testing.T) {
	for visibility, want := range map[time.Duration]time.Duration{
		time.Second: time.Second / 30, 3 * time.Second: time.Second / 10, 30 * time.Second: time.Second, time.Hour: time.Second,
	} {
		w := Worker{visibility: visibility}
		if got := w.linger(); got != want {
			t.Errorf("visibility %v: %v, want %v", visibility, got, want)
		}
	}
}

package sqs

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxTasks is how many tasks of a queue are remembered ("ListMessageMoveTasks").
const maxTasks = 10

// moveTask is one run of StartMessageMoveTask. It is over when the call is.
type moveTask struct {
	ID          string
	Destination string // ARN; empty for the queues where the messages came from
	Rate        *int   // messages a second, as asked for; the endpoint moves them at once
	Started     time.Time
	Moved, Of   int
	Failure     string // empty where all were moved
}

type startMoveInput struct {
	SourceArn, DestinationArn    string
	MaxNumberOfMessagesPerSecond *int
}

type taskHandle struct {
	TaskID    string `json:"taskId"`
	SourceARN string `json:"sourceArn"`
}

// startMessageMoveTask moves the visible messages of a dead-letter queue, back to
// where they came from or to one destination. A moved message is a new one: it
// has another ID, and its age and its receives start again ("StartMessageMoveTask",
// Amazon SQS API Reference; "Configuring a dead-letter queue redrive").
func (s *Service) startMessageMoveTask(tx *store.Tx, c *wire.Call, in *startMoveInput) (any, error) {
	source, destination, err := s.ends(c, in)
	if err != nil {
		return nil, err
	}
	source.settle(tx)
	t := moveTask{ID: wire.UUID(), Destination: in.DestinationArn, Rate: in.MaxNumberOfMessagesPerSecond, Started: tx.Now(), Of: source.ready.Len()}
	for _, m := range slices.SortedFunc(slices.Values(source.ready.items), compareVisibility) {
		target := destination
		if target == nil {
			target = s.byARN(m.Source)
		}
		if target == nil {
			t.Failure = "CouldNotDetermineMessageSource"
			continue
		}
		source.remove(tx, m)
		target.add(tx, s.newMessage(m.Message, tx.Now(), 0))
		t.Moved++
	}
	source.Tasks = append([]moveTask{t}, source.Tasks[:min(len(source.Tasks), maxTasks-1)]...)
	source.put(tx)
	handle, err := json.Marshal(taskHandle{t.ID, source.ARN})
	if err != nil {
		return nil, err
	}
	return struct{ TaskHandle string }{base64.StdEncoding.EncodeToString(handle)}, nil
}

// ends finds the queues of a task. The source must be the dead-letter queue of
// some queue.
func (s *Service) ends(c *wire.Call, in *startMoveInput) (source, destination *queue, err error) {
	if source, err = s.moveSource(c, in.SourceArn); err != nil {
		return nil, nil, err
	}
	isTarget := false
	for _, q := range s.queues {
		isTarget = isTarget || q.redrive.target == source.ARN
	}
	if !isTarget {
		return nil, nil, invalid("Source queue must be configured as a Dead Letter Queue.")
	}
	if rate := in.MaxNumberOfMessagesPerSecond; rate != nil && (*rate < 1 || *rate > 500) {
		return nil, nil, outside("MaxNumberOfMessagesPerSecond", *rate, 1, 500)
	}
	if in.DestinationArn == "" {
		return source, nil, nil
	}
	destination = s.byARN(in.DestinationArn)
	if destination == nil || destination.region != c.Region {
		return nil, nil, noResource("The resource that you specified for the DestinationArn parameter doesn't exist.")
	}
	if destination == source {
		return nil, nil, invalid("Source queue and destination queue must be different.")
	}
	return source, destination, nil
}

func (s *Service) moveSource(c *wire.Call, arn string) (*queue, error) {
	if arn == "" {
		return nil, missing("SourceArn")
	}
	q := s.byARN(arn)
	if q == nil || q.region != c.Region {
		return nil, noResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	return q, nil
}

type listMovesInput struct {
	SourceArn  string
	MaxResults *int
}

// moveResult leaves out the handle, which only a running task has.
type moveResult struct {
	Status                            string
	SourceArn                         string
	DestinationArn                    string `json:",omitempty"`
	MaxNumberOfMessagesPerSecond      *int   `json:",omitempty"`
	ApproximateNumberOfMessagesMoved  int
	ApproximateNumberOfMessagesToMove int
	FailureReason                     string `json:",omitempty"`
	StartedTimestamp                  int64  // milliseconds of the epoch
}

func (s *Service) listMessageMoveTasks(_ *store.Tx, c *wire.Call, in *listMovesInput) (any, error) {
	q, err := s.moveSource(c, in.SourceArn)
	if err != nil {
		return nil, err
	}
	most, err := ranged("MaxResults", in.MaxResults, span{1, maxTasks, 1})
	if err != nil {
		return nil, err
	}
	results := []moveResult{}
	for _, t := range q.Tasks[:min(most, len(q.Tasks))] {
		status := "COMPLETED"
		if t.Failure != "" {
			status = "FAILED"
		}
		results = append(results, moveResult{
			Status: status, SourceArn: q.ARN, DestinationArn: t.Destination, MaxNumberOfMessagesPerSecond: t.Rate,
			ApproximateNumberOfMessagesMoved: t.Moved, ApproximateNumberOfMessagesToMove: t.Of,
			FailureReason: t.Failure, StartedTimestamp: t.Started.UnixMilli(),
		})
	}
	return struct{ Results []moveResult }{results}, nil
}

// cancelMessageMoveTask finds no task that it could cancel: none outlives its
// call.
func (s *Service) cancelMessageMoveTask(_ *store.Tx, _ *wire.Call, in *struct{ TaskHandle string }) (any, error) {
	if in.TaskHandle == "" {
		return nil, missing("TaskHandle")
	}
	if _, ok := readTask(in.TaskHandle); !ok {
		return nil, invalid("Value for parameter TaskHandle is invalid.")
	}
	return nil, noResource("There is no active task with that handle.")
}

func readTask(handle string) (h taskHandle, ok bool) {
	b, err := base64.StdEncoding.DecodeString(handle)
	if err == nil {
		err = json.Unmarshal(b, &h)
	}
	return h, err == nil && h.TaskID != ""
}

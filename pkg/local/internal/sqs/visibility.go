package sqs

import (
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxVisibility is the longest that a message may stay invisible, counted from
// when it was received ("Amazon SQS visibility timeout").
const maxVisibility = 12 * time.Hour

// changeInput is a change of visibility, alone or in a batch.
type changeInput struct {
	ReceiptHandle     string
	VisibilityTimeout *int
}

type changeMessageVisibilityInput struct {
	QueueUrl string
	changeInput
}

func (s *Service) changeMessageVisibility(tx *store.Tx, c *wire.Call, in *changeMessageVisibilityInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return nothing{}, q.changeVisibility(tx, in.changeInput)
}

// changeVisibility makes a message in flight visible after the given seconds from
// now.
func (q *queue) changeVisibility(tx *store.Tx, in changeInput) error {
	if in.VisibilityTimeout == nil {
		return missing("VisibilityTimeout")
	}
	r, err := q.parseHandle(in.ReceiptHandle)
	if err != nil {
		return err
	}
	seconds := *in.VisibilityTimeout
	if seconds < 0 || seconds > int(maxVisibility/time.Second) {
		return outside("VisibilityTimeout", seconds, 0, int(maxVisibility/time.Second))
	}
	m := q.message(r)
	if m == nil || q.expired(m, tx.Now()) {
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", in.ReceiptHandle)
	}
	if !m.InFlight || !m.Visible.After(tx.Now()) {
		return refusal("MessageNotInflight", "The specified message isn't in flight.")
	}
	visible := tx.Now().Add(time.Duration(seconds) * time.Second)
	if visible.After(m.Last.Add(maxVisibility)) {
		return invalid("Value %d for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [%d seconds]", seconds, int(maxVisibility/time.Second))
	}
	next := m.state
	next.Visible = visible
	q.change(tx, m, next)
	q.alert()
	return nil
}

type changeEntry struct {
	Id string
	changeInput
}

type changeMessageVisibilityBatchInput struct {
	QueueUrl string
	Entries  []changeEntry
}

func (s *Service) changeMessageVisibilityBatch(tx *store.Tx, c *wire.Call, in *changeMessageVisibilityBatchInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkEntries(in.Entries, func(e changeEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	out := &batchOutput{}
	for _, e := range in.Entries {
		if err := q.changeVisibility(tx, e.changeInput); err != nil {
			out.fail(e.Id, err)
			continue
		}
		out.Successful = append(out.Successful, doneEntry{e.Id})
	}
	return out, nil
}

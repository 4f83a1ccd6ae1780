package sqs

import (
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type deleteMessageInput struct{ QueueUrl, ReceiptHandle string }

// deleteMessage takes a message out of its queue. A handle of an earlier receive
// succeeds without deleting, and so does one of a message that has gone
// ("DeleteMessage", Amazon SQS API Reference).
func (s *Service) deleteMessage(tx *store.Tx, c *wire.Call, in *deleteMessageInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return nothing{}, q.acknowledge(tx, in.ReceiptHandle)
}

func (q *queue) acknowledge(tx *store.Tx, handle string) error {
	r, err := q.parseHandle(handle)
	if err != nil {
		return err
	}
	if m := q.message(r); m != nil && !q.chance.undone(q) {
		q.remove(tx, m)
	}
	return nil
}

type deleteEntry struct{ Id, ReceiptHandle string }

type deleteMessageBatchInput struct {
	QueueUrl string
	Entries  []deleteEntry
}

// doneEntry is the answer to an entry that has nothing else to say.
type doneEntry struct{ Id string }

func (s *Service) deleteMessageBatch(tx *store.Tx, c *wire.Call, in *deleteMessageBatchInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkEntries(in.Entries, func(e deleteEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	out := &batchOutput{}
	for _, e := range in.Entries {
		if err := q.acknowledge(tx, e.ReceiptHandle); err != nil {
			out.fail(e.Id, err)
			continue
		}
		out.Successful = append(out.Successful, doneEntry{e.Id})
	}
	return out, nil
}

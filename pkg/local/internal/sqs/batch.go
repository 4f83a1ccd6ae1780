package sqs

import (
	"errors"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// The limits of a batch: entries, and bytes of all messages together ("Amazon SQS
// batch actions").
const (
	maxEntries    = 10
	maxBatchBytes = 1 << 20
)

// batchOutput is the answer to a batch: an entry fails for itself, and the call
// succeeds.
type batchOutput struct {
	Successful []any         `json:",omitempty"`
	Failed     []failedEntry `json:",omitempty"`
}

type failedEntry struct {
	Id, Code, Message string
	SenderFault       bool
}

// fail notes why an entry failed, under the Query code, which clients of either
// protocol know.
func (b *batchOutput) fail(id string, err error) {
	f := failedEntry{Id: id, Code: "InternalError", Message: err.Error()}
	if e, ok := errors.AsType[*wire.Error](err); ok {
		f = failedEntry{Id: id, Code: e.Query, Message: e.Message, SenderFault: true}
	}
	b.Failed = append(b.Failed, f)
}

// checkEntries applies the rules for batches as a whole: 1 to 10 entries, whose
// IDs are names of up to 80 characters and distinct.
func checkEntries[E any](entries []E, id func(E) string) error {
	if len(entries) == 0 {
		return refusal("EmptyBatchRequest", "There should be at least one entry in the request.")
	}
	if len(entries) > maxEntries {
		return refusal("TooManyEntriesInBatchRequest", "Maximum number of entries per request are %d. You have sent %d.", maxEntries, len(entries))
	}
	seen := map[string]bool{}
	for _, e := range entries {
		switch id := id(e); {
		case !wire.IsName(id, 80):
			return refusal("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		case seen[id]:
			return refusal("BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		default:
			seen[id] = true
		}
	}
	return nil
}

type sendEntry struct {
	Id string
	sendInput
}

type sendMessageBatchInput struct {
	QueueUrl string
	Entries  []sendEntry
}

type sentEntry struct {
	Id string
	sendOutput
}

func (s *Service) sendMessageBatch(tx *store.Tx, c *wire.Call, in *sendMessageBatchInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkEntries(in.Entries, func(e sendEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	total := 0
	for _, e := range in.Entries {
		total += e.size()
	}
	if total > maxBatchBytes {
		return nil, refusal("BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxBatchBytes, total)
	}
	out := &batchOutput{}
	for _, e := range in.Entries {
		m, delay, err := e.message(q, c.Header)
		if err != nil {
			out.fail(e.Id, err)
			continue
		}
		out.Successful = append(out.Successful, sentEntry{e.Id, s.send(tx, q, m, delay)})
	}
	return out, nil
}

func (in *sendInput) size() int {
	m := Message{Body: in.MessageBody, Attributes: make(map[string]Attribute, len(in.MessageAttributes))}
	for name, a := range in.MessageAttributes {
		m.Attributes[name] = a.Attribute
	}
	return m.Size()
}

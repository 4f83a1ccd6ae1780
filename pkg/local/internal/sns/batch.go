package sns

import (
	"errors"
	"fmt"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxEntries is how many messages a batch may have ("PublishBatch", Amazon SNS API
// Reference).
const maxEntries = 10

type publishedEntry struct{ Id, MessageId string }

type failedEntry struct {
	Id, Code, Message string
	SenderFault       bool
}

// publishBatch publishes each entry for itself: one that is refused is reported
// under Failed, and the call succeeds. All together may have the bytes that one
// message may have.
func (s *Service) publishBatch(tx *store.Tx, r request) (any, error) {
	t, err := s.topic(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	entries := r.list("PublishBatchRequestEntries.member")
	if err := checkEntries(entries); err != nil {
		return nil, err
	}
	var out struct {
		Successful []publishedEntry `xml:"Successful>member"`
		Failed     []failedEntry    `xml:"Failed>member"`
	}
	var accepted []notice
	total := 0
	for _, e := range entries {
		n, err := readNotice(e, r.Header)
		total += max(n.Size(), len(e.get("Message")))
		if err != nil {
			out.Failed = append(out.Failed, failed(e.get("Id"), err))
			continue
		}
		accepted = append(accepted, n)
		out.Successful = append(out.Successful, publishedEntry{e.get("Id"), n.id})
	}
	if total > t.maxSize() {
		return nil, &wire.Error{Code: "BatchRequestTooLong", Message: "The length of all the messages put together is more than the limit."}
	}
	for _, n := range accepted {
		s.fanOut(tx, t, n)
	}
	return out, nil
}

func checkEntries(entries []form) error {
	if len(entries) == 0 {
		return &wire.Error{Code: "EmptyBatchRequest", Message: "The batch request doesn't contain any entries."}
	}
	if len(entries) > maxEntries {
		return &wire.Error{Code: "TooManyEntriesInBatchRequest", Message: fmt.Sprintf("The batch request contains more entries than permissible: %d of at most %d.", len(entries), maxEntries)}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		switch id := e.get("Id"); {
		case !wire.IsName(id, 80):
			return &wire.Error{Code: "InvalidBatchEntryId", Message: "The Id of a batch entry in a batch request doesn't abide by the specification."}
		case seen[id]:
			return &wire.Error{Code: "BatchEntryIdsNotDistinct", Message: "Two or more batch entries in the request have the same Id: " + id}
		default:
			seen[id] = true
		}
	}
	return nil
}

func failed(id string, err error) failedEntry {
	f := failedEntry{Id: id, Code: "InternalError", Message: err.Error()}
	if e, ok := errors.AsType[*wire.Error](err); ok {
		f = failedEntry{Id: id, Code: e.Code, Message: e.Message, SenderFault: true}
	}
	return f
}

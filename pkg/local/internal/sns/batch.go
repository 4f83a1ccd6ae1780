package sns

import (
	"fmt"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxEntries is how many messages a batch may have ("PublishBatch", Amazon SNS API
// Reference).
const maxEntries = 10

type publishedEntry struct{ Id, MessageId string }

// publishBatch publishes all entries or none: AWS refuses the whole batch for one
// entry that Publish would refuse, and reports under Failed, which is always there,
// what it could not do for reasons of its own. All together may have the bytes that
// one message may have.
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
		Failed     struct{}
	}
	var notices []notice
	total := 0
	for _, e := range entries {
		n, err := readNotice(e, r.Header)
		if err != nil {
			return nil, err
		}
		total += n.Size()
		notices = append(notices, n)
		out.Successful = append(out.Successful, publishedEntry{e.get("Id"), n.id})
	}
	if total > t.maxSize() {
		return nil, &wire.Error{Code: "BatchRequestTooLong", Message: "The length of all the messages put together is more than the limit."}
	}
	for _, n := range notices {
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

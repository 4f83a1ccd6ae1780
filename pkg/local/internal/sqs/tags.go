package sqs

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxTags is how many tags a queue may have ("Amazon SQS cost allocation tags").
const maxTags = 50

type tagQueueInput struct {
	QueueUrl string
	Tags     map[string]string
}

func (s *Service) tagQueue(tx *store.Tx, c *wire.Call, in *tagQueueInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return nil, missing("Tags")
	}
	tags, err := mergeTags(q.Tags, in.Tags)
	if err != nil {
		return nil, err
	}
	q.Tags = tags
	q.put(tx)
	return nothing{}, nil
}

type untagQueueInput struct {
	QueueUrl string
	TagKeys  []string
}

func (s *Service) untagQueue(tx *store.Tx, c *wire.Call, in *untagQueueInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if len(in.TagKeys) == 0 {
		return nil, missing("TagKeys")
	}
	for _, key := range in.TagKeys {
		delete(q.Tags, key)
	}
	q.put(tx)
	return nothing{}, nil
}

type tagsOutput struct {
	Tags map[string]string `json:",omitempty"`
}

// listQueueTags copies: the answer is encoded after the Update.
func (s *Service) listQueueTags(_ *store.Tx, c *wire.Call, in *queueInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return tagsOutput{maps.Clone(q.Tags)}, nil
}

// mergeTags is old with changes: keys of 1 to 128 characters without the prefix
// aws:, values of up to 256.
func mergeTags(old, changes map[string]string) (map[string]string, error) {
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]string{}
	}
	for key, value := range changes {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 || utf8.RuneCountInString(value) > 256 || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, invalid("The tag %q with the value %q is not valid.", key, value)
		}
		merged[key] = value
	}
	if len(merged) > maxTags {
		return nil, invalid("Too many tags added for queue: a queue has at most %d.", maxTags)
	}
	return merged, nil
}

package sns

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxTags is how many tags a topic may have ("Amazon SNS topic tagging").
const maxTags = 50

// tagged is the topic whose tags a call is about.
func (s *Service) tagged(r request) (*topic, error) {
	arn := r.get("ResourceArn")
	if err := checkARN("ResourceArn", arn, r); err != nil {
		return nil, err
	}
	t, ok := s.topics[arn]
	if !ok {
		return nil, &wire.Error{Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "Resource does not exist"}
	}
	return t, nil
}

func (s *Service) tagResource(tx *store.Tx, r request) (any, error) {
	t, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, r.tags())
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	t.Tags = tags
	t.put(tx)
	return struct{}{}, nil
}

func (s *Service) untagResource(tx *store.Tx, r request) (any, error) {
	t, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	for _, key := range r.list("TagKeys.member") {
		delete(t.Tags, key.get(""))
	}
	t.put(tx)
	return struct{}{}, nil
}

type tag struct{ Key, Value string }

func (s *Service) listTagsForResource(_ *store.Tx, r request) (any, error) {
	t, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	var out struct {
		Tags []tag `xml:"Tags>member"`
	}
	for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
		out.Tags = append(out.Tags, tag{key, t.Tags[key]})
	}
	return out, nil
}

// checkTags applies AWS's rules for tags: keys of 1 to 128 characters without the
// prefix aws:, values of up to 256.
func checkTags(tags map[string]string) error {
	for key, value := range tags {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 || utf8.RuneCountInString(value) > 256 || strings.HasPrefix(strings.ToLower(key), "aws:") || !wire.IsText(key+value) {
			return invalid("Tags", fmt.Sprintf("the tag %q with the value %q is not valid", key, value))
		}
	}
	if len(tags) > maxTags {
		return &wire.Error{Code: "TagLimitExceeded", Message: fmt.Sprintf("Could not complete request: tag quota of per resource exceeded: %d", maxTags)}
	}
	return nil
}

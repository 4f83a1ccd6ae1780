package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type tag struct{ Key, Value string }

// Limits of tags ("Tagging restrictions in DynamoDB").
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// withTags is the tags with more of them.
func withTags(tags map[string]string, more []tag) (map[string]string, error) {
	all := maps.Clone(tags)
	if all == nil {
		all = map[string]string{}
	}
	for _, t := range more {
		switch {
		case t.Key == "" || len([]rune(t.Key)) > maxTagKey:
			return nil, invalidParameter("Tag key must have a length from 1 to %d: %s", maxTagKey, t.Key)
		case len([]rune(t.Value)) > maxTagValue:
			return nil, invalidParameter("Tag value must have a length of at most %d: %s", maxTagValue, t.Value)
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, invalidParameter("Tag key must not begin with aws: %s", t.Key)
		}
		all[t.Key] = t.Value
	}
	if len(all) > maxTags {
		return nil, invalidParameter("Too many tags: the limit is %d", maxTags)
	}
	return all, nil
}

type tagInput struct {
	ResourceArn *string
	Tags        []tag
	TagKeys     []string
}

// resource finds the table that an ARN names.
func (s *Service) resource(tx *store.Tx, c *wire.Call, arn string) (*table, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "dynamodb" || !strings.HasPrefix(parts[5], "table/") {
		return nil, invalid("Invalid TableArn: Invalid ResourceArn provided as input %s", arn)
	}
	t, err := s.table(tx, c, strings.TrimPrefix(parts[5], "table/"))
	if err != nil || arn != t.arn(c.Account) {
		return nil, notFound(": ResourcArn: %s not found", arn)
	}
	return t, nil
}

// onTags prepares an operation on the tags of a table.
func (s *Service) onTags(c *wire.Call, checkInput func(in *tagInput) error, do func(tx *store.Tx, t *table, in *tagInput) (any, error)) (action, error) {
	in := &tagInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if in.ResourceArn == nil {
		return nil, invalid("Invalid TableArn")
	}
	if err := checkInput(in); err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.resource(tx, c, *in.ResourceArn)
		if err != nil {
			return nil, err
		}
		return do(tx, t, in)
	}, nil
}

// listTagsOfResource prepares ListTagsOfResource, which gives all tags at once.
func (s *Service) listTagsOfResource(c *wire.Call) (action, error) {
	return s.onTags(c, func(*tagInput) error { return nil }, func(_ *store.Tx, t *table, _ *tagInput) (any, error) {
		tags := []tag{}
		for _, key := range slices.Sorted(maps.Keys(t.about.Tags)) {
			tags = append(tags, tag{key, t.about.Tags[key]})
		}
		return map[string]any{"Tags": tags}, nil
	})
}

// tagResource prepares TagResource.
func (s *Service) tagResource(c *wire.Call) (action, error) {
	checkInput := func(in *tagInput) error {
		var c constraints
		c.notNull(in.Tags != nil, "tags")
		if in.Tags != nil && len(in.Tags) == 0 {
			return invalid("Atleast one Tag needs to be provided as Input.")
		}
		return c.err()
	}
	return s.onTags(c, checkInput, func(tx *store.Tx, t *table, in *tagInput) (any, error) {
		tags, err := withTags(t.about.Tags, in.Tags)
		if err != nil {
			return nil, err
		}
		t.about.Tags = tags
		return struct{}{}, t.save(tx)
	})
}

// untagResource prepares UntagResource.
func (s *Service) untagResource(c *wire.Call) (action, error) {
	checkInput := func(in *tagInput) error {
		var c constraints
		c.notNull(in.TagKeys != nil, "tagKeys")
		if in.TagKeys != nil && len(in.TagKeys) == 0 {
			return invalid("Atleast one Tag Key needs to be provided as Input.")
		}
		return c.err()
	}
	return s.onTags(c, checkInput, func(tx *store.Tx, t *table, in *tagInput) (any, error) {
		t.about.Tags = maps.Clone(t.about.Tags)
		for _, key := range in.TagKeys {
			delete(t.about.Tags, key)
		}
		return struct{}{}, t.save(tx)
	})
}

package sns

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// topic is one topic.
type topic struct {
	topicRecord
	subscriptions []*subscription // in the order in which they were made
}

// topicRecord is what is kept of a topic.
type topicRecord struct {
	ARN        string
	Account    string
	Attributes map[string]string // those that were set
	Tags       map[string]string
	Deleted    int // subscriptions that were taken away
}

type topicResult struct{ TopicArn string }

// createTopic makes a topic. Of one that exists already it returns the ARN,
// unless the request has other attributes or tags ("CreateTopic", Amazon SNS API
// Reference).
func (s *Service) createTopic(tx *store.Tx, r request) (any, error) {
	name := r.get("Name")
	if strings.HasSuffix(name, ".fifo") {
		return nil, invalid("Topic Name", "the local endpoint has no FIFO topics: "+name)
	}
	if !wire.IsName(name, 256) {
		return nil, invalid("Topic Name", "")
	}
	arn := "arn:aws:sns:" + r.Region + ":" + r.Account + ":" + name
	attributes, tags := r.attributes(), r.tags()
	for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
		if err := checkTopicAttribute(attribute, attributes[attribute]); err != nil {
			return nil, err
		}
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	if t, ok := s.topics[arn]; ok {
		return topicResult{arn}, t.sameAs(attributes, tags)
	}
	maps.DeleteFunc(attributes, func(_, value string) bool { return value == "" })
	t := &topic{topicRecord: topicRecord{ARN: arn, Account: r.Account, Attributes: attributes, Tags: tags}}
	s.topics[arn] = t
	t.put(tx)
	return topicResult{arn}, nil
}

func (t *topic) sameAs(attributes, tags map[string]string) error {
	have := t.describe()
	for name, value := range attributes {
		if have[name] != value {
			return invalid("Attributes", "Topic already exists with different attributes")
		}
	}
	for key, value := range tags {
		if old, ok := t.Tags[key]; !ok || old != value {
			return invalid("Tags", "Topic already exists with different tags")
		}
	}
	return nil
}

// deleteTopic takes a topic away with its subscriptions; one that is not there
// is no error ("DeleteTopic").
func (s *Service) deleteTopic(tx *store.Tx, r request) (any, error) {
	arn := r.get("TopicArn")
	if err := checkARN("TopicArn", arn, r); err != nil {
		return nil, err
	}
	t, ok := s.topics[arn]
	if !ok {
		return nil, nil
	}
	for _, sub := range t.subscriptions {
		delete(s.subscriptions, sub.ARN)
		sub.drop(tx)
	}
	delete(s.topics, arn)
	t.drop(tx)
	return nil, nil
}

// topic is the topic that the parameter names.
func (s *Service) topic(r request, parameter string) (*topic, error) {
	arn := r.get(parameter)
	if err := checkARN(parameter, arn, r); err != nil {
		return nil, err
	}
	t, ok := s.topics[arn]
	if !ok {
		return nil, notFound("Topic")
	}
	return t, nil
}

// checkARN refuses what is not the ARN of a resource of SNS in the region and the
// account of the call.
func checkARN(parameter, arn string, r request) error {
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return invalid(parameter, fmt.Sprintf("An ARN must have at least 6 elements, not %d", len(parts)))
	}
	if parts[2] != "sns" || parts[3] != r.Region || parts[4] != r.Account {
		return invalid(parameter, "")
	}
	return nil
}

package sns

import (
	"encoding/base64"
	"maps"
	"slices"

	"github.com/statline/statline/pkg/local/internal/store"
)

// pageSize is how many items a list answers at a time ("ListTopics",
// "ListSubscriptions", Amazon SNS API Reference).
const pageSize = 100

// page is the part of the sorted ARNs after the token's, and the token for what
// follows it.
func page(arns []string, r request) (part []string, next string, err error) {
	after, err := base64.URLEncoding.DecodeString(r.get("NextToken"))
	if err != nil {
		return nil, "", invalid("NextToken", "")
	}
	slices.Sort(arns)
	arns = slices.DeleteFunc(arns, func(arn string) bool {
		return arn <= string(after) || checkARN("", arn, r) != nil
	})
	if len(arns) > pageSize {
		arns = arns[:pageSize]
		next = base64.URLEncoding.EncodeToString([]byte(arns[pageSize-1]))
	}
	return arns, next, nil
}

func (s *Service) listTopics(_ *store.Tx, r request) (any, error) {
	arns, next, err := page(slices.Collect(maps.Keys(s.topics)), r)
	if err != nil {
		return nil, err
	}
	var out struct {
		Topics    []topicResult `xml:"Topics>member"`
		NextToken string        `xml:",omitempty"`
	}
	for _, arn := range arns {
		out.Topics = append(out.Topics, topicResult{arn})
	}
	out.NextToken = next
	return out, nil
}

// listed is a subscription in a list.
type listed struct{ SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string }

type subscriptionsResult struct {
	Subscriptions []listed `xml:"Subscriptions>member"`
	NextToken     string   `xml:",omitempty"`
}

func (s *Service) listSubscriptions(_ *store.Tx, r request) (any, error) {
	return s.subscriptionPage(slices.Collect(maps.Keys(s.subscriptions)), r)
}

func (s *Service) listSubscriptionsByTopic(_ *store.Tx, r request) (any, error) {
	t, err := s.topic(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, sub := range t.subscriptions {
		arns = append(arns, sub.ARN)
	}
	return s.subscriptionPage(arns, r)
}

func (s *Service) subscriptionPage(arns []string, r request) (any, error) {
	arns, next, err := page(arns, r)
	if err != nil {
		return nil, err
	}
	out := subscriptionsResult{NextToken: next}
	for _, arn := range arns {
		sub := s.subscriptions[arn]
		out.Subscriptions = append(out.Subscriptions, listed{arn, sub.topic.Account, "sqs", sub.Endpoint, sub.topic.ARN})
	}
	return out, nil
}

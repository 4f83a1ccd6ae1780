package sns

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// subscription is one queue's subscription to a topic.
type subscription struct {
	subscriptionRecord
	settings
	topic *topic
}

// subscriptionRecord is what is kept of a subscription.
type subscriptionRecord struct {
	ARN        string
	Topic      string // ARN
	Endpoint   string // the queue's ARN
	Seq        uint64
	Attributes map[string]string // those that were set
}

// settings are the attributes in the form in which they are used.
type settings struct {
	raw        bool
	deadLetter string  // the dead-letter queue's ARN, or empty
	filter     *filter // nil lets every message pass
}

type subscriptionResult struct{ SubscriptionArn string }

// subscribe subscribes a queue to a topic. For a queue that is subscribed
// already it returns that subscription, unless the request has other attributes
// ("Subscribe", Amazon SNS API Reference). That the queue exists, and lets the
// topic in, shows with the first message alone, as on AWS.
func (s *Service) subscribe(tx *store.Tx, r request) (any, error) {
	t, err := s.topic(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	if protocol := r.get("Protocol"); protocol != "sqs" {
		return nil, invalid("Protocol", "the local endpoint delivers to sqs alone, not to "+protocol)
	}
	endpoint := r.get("Endpoint")
	if !sqs.IsARN(endpoint) {
		return nil, invalid("SQS endpoint ARN", "")
	}
	attributes := r.attributes()
	parsed, err := parseSubscription(attributes)
	if err != nil {
		return nil, err
	}
	for _, sub := range t.subscriptions {
		if sub.Endpoint == endpoint {
			return subscriptionResult{sub.ARN}, sub.sameAs(attributes)
		}
	}
	s.seq++
	sub := &subscription{
		subscriptionRecord: subscriptionRecord{ARN: t.ARN + ":" + wire.UUID(), Topic: t.ARN, Endpoint: endpoint, Seq: s.seq, Attributes: withoutEmpty(attributes)},
		settings:           parsed, topic: t,
	}
	s.subscriptions[sub.ARN] = sub
	t.subscriptions = append(t.subscriptions, sub)
	sub.put(tx)
	return subscriptionResult{sub.ARN}, nil
}

func withoutEmpty(attributes map[string]string) map[string]string {
	maps.DeleteFunc(attributes, func(_, value string) bool { return value == "" })
	return attributes
}

func (s *subscription) sameAs(attributes map[string]string) error {
	have := s.describe("")
	for name, value := range attributes {
		if have[name] != value {
			return invalid("Attributes", "Subscription already exists with different attributes")
		}
	}
	return nil
}

// unsubscribe takes a subscription away; one that is not there is no error.
func (s *Service) unsubscribe(tx *store.Tx, r request) (any, error) {
	arn := r.get("SubscriptionArn")
	if err := checkARN("SubscriptionArn", arn, r); err != nil {
		return nil, err
	}
	sub, ok := s.subscriptions[arn]
	if !ok {
		return nil, nil
	}
	t := sub.topic
	t.subscriptions = slices.DeleteFunc(t.subscriptions, func(other *subscription) bool { return other == sub })
	t.Deleted++
	delete(s.subscriptions, arn)
	sub.drop(tx)
	t.put(tx)
	return nil, nil
}

func (s *Service) subscription(r request) (*subscription, error) {
	arn := r.get("SubscriptionArn")
	if err := checkARN("SubscriptionArn", arn, r); err != nil {
		return nil, err
	}
	sub, ok := s.subscriptions[arn]
	if !ok {
		return nil, notFound("Subscription")
	}
	return sub, nil
}

func (s *Service) getSubscriptionAttributes(_ *store.Tx, r request) (any, error) {
	sub, err := s.subscription(r)
	if err != nil {
		return nil, err
	}
	return newAttributesResult(sub.describe("arn:aws:iam::" + r.Account + ":user/local")), nil
}

// describe are all attributes of a subscription, the documents as they were set
// ("GetSubscriptionAttributes").
func (s *subscription) describe(principal string) map[string]string {
	out := map[string]string{
		"SubscriptionArn": s.ARN, "TopicArn": s.topic.ARN, "Owner": s.topic.Account, "Protocol": "sqs", "Endpoint": s.Endpoint,
		"PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true", "SubscriptionPrincipal": principal,
		"RawMessageDelivery": "false",
	}
	if s.Attributes["FilterPolicy"] != "" {
		out["FilterPolicyScope"] = onAttributes
	}
	maps.Copy(out, s.Attributes)
	return out
}

// setSubscriptionAttributes sets one attribute; the empty value takes it away.
func (s *Service) setSubscriptionAttributes(tx *store.Tx, r request) (any, error) {
	sub, err := s.subscription(r)
	if err != nil {
		return nil, err
	}
	attributes := maps.Clone(sub.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	attributes[r.get("AttributeName")] = r.get("AttributeValue")
	parsed, err := parseSubscription(attributes)
	if err != nil {
		return nil, err
	}
	sub.Attributes, sub.settings = withoutEmpty(attributes), parsed
	sub.put(tx)
	return nil, nil
}

// parseSubscription checks attributes and reads them. An attribute that is empty
// is as if it were not there.
func parseSubscription(attributes map[string]string) (settings, error) {
	var s settings
	for name, value := range attributes {
		switch name {
		case "RawMessageDelivery":
			if value != "true" && value != "false" && value != "" {
				return settings{}, invalid("RawMessageDelivery", "Value has to be either true or false")
			}
			s.raw = value == "true"
		case "RedrivePolicy":
			var err error
			if s.deadLetter, err = parseRedrive(value); err != nil {
				return settings{}, err
			}
		case "FilterPolicy", "FilterPolicyScope":
		default:
			return settings{}, invalid("AttributeName", "the local endpoint has no subscription attribute "+name)
		}
	}
	var err error
	s.filter, err = parseFilter(attributes["FilterPolicy"], attributes["FilterPolicyScope"])
	return s, err
}

// parseRedrive reads a subscription's RedrivePolicy ("Amazon SNS dead-letter
// queues", Amazon SNS Developer Guide).
func parseRedrive(doc string) (string, error) {
	if doc == "" {
		return "", nil
	}
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return "", invalid("RedrivePolicy", "failed to parse JSON: "+err.Error())
	}
	if !sqs.IsARN(p.Target) {
		return "", invalid("RedrivePolicy", "deadLetterTargetArn is not the ARN of an SQS queue: "+p.Target)
	}
	return p.Target, nil
}

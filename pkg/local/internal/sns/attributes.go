package sns

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// The sizes of a message in bytes, by default and where a topic's
// MaximumMessageSize may go ("Publish", "CreateTopic", Amazon SNS API Reference).
const (
	defaultMaxSize = 262_144
	minMaxSize     = 1024
	maxMaxSize     = 1 << 20
)

func (s *Service) getTopicAttributes(_ *store.Tx, r request) (any, error) {
	t, err := s.topic(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	return newAttributesResult(t.describe()), nil
}

// setTopicAttributes sets one attribute; the empty value brings its default back.
func (s *Service) setTopicAttributes(tx *store.Tx, r request) (any, error) {
	t, err := s.topic(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	name, value := r.get("AttributeName"), r.get("AttributeValue")
	if err := checkTopicAttribute(name, value); err != nil {
		return nil, err
	}
	if t.Attributes == nil {
		t.Attributes = map[string]string{}
	}
	t.Attributes[name] = value
	if value == "" {
		delete(t.Attributes, name)
	}
	t.put(tx)
	return nil, nil
}

// describe are all attributes of a topic, the documents as they were set
// ("GetTopicAttributes").
func (t *topic) describe() map[string]string {
	out := map[string]string{
		"TopicArn": t.ARN, "Owner": t.Account, "DisplayName": "",
		"Policy":                  defaultPolicy(t.ARN, t.Account),
		"EffectiveDeliveryPolicy": defaultDeliveryPolicy,
		"SubscriptionsConfirmed":  strconv.Itoa(len(t.subscriptions)),
		"SubscriptionsPending":    "0",
		"SubscriptionsDeleted":    strconv.Itoa(t.Deleted),
	}
	maps.Copy(out, t.Attributes)
	if own := t.Attributes["DeliveryPolicy"]; own != "" {
		out["EffectiveDeliveryPolicy"] = own
	}
	return out
}

// defaultDeliveryPolicy is how HTTP endpoints are tried again; no other reads it.
const defaultDeliveryPolicy = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

// defaultPolicy lets the topic's owner do everything with it.
func defaultPolicy(arn, account string) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"` + arn + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + account + `"}}}]}`
}

func (t *topic) maxSize() int {
	if n, err := strconv.Atoi(t.Attributes["MaximumMessageSize"]); err == nil { // it was checked when it was set
		return n
	}
	return defaultMaxSize
}

// checkTopicAttribute applies the rules of "SetTopicAttributes" (Amazon SNS API
// Reference).
func checkTopicAttribute(name, value string) error {
	ok := true
	switch name {
	case "DisplayName":
		ok = utf8.RuneCountInString(value) <= 100 && wire.IsText(value)
	case "Policy", "DeliveryPolicy":
		ok = value == "" || isObject(value)
	case "KmsMasterKeyId":
		ok = wire.IsText(value) && len(value) <= 2048
	case "TracingConfig":
		ok = value == "" || value == "PassThrough" || value == "Active"
	case "SignatureVersion":
		ok = value == "" || value == "1" || value == "2"
	case "MaximumMessageSize":
		ok = value == "" || inRange(value, minMaxSize, maxMaxSize)
	case "FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy":
		return invalid("Attributes", "the local endpoint has no FIFO topics: "+name)
	default:
		known, feedback := checkFeedback(name, value)
		if !known {
			return invalid("AttributeName", "")
		}
		ok = feedback
	}
	if !ok {
		return invalid(name, "")
	}
	return nil
}

// checkFeedback knows the attributes that log deliveries; nothing is logged here.
func checkFeedback(name, value string) (known, ok bool) {
	for _, endpoint := range []string{"Application", "Firehose", "HTTP", "Lambda", "SQS"} {
		rest, ok := strings.CutPrefix(name, endpoint)
		if !ok {
			continue
		}
		switch rest {
		case "SuccessFeedbackSampleRate":
			return true, value == "" || inRange(value, 0, 100)
		case "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn":
			return true, value == "" || strings.HasPrefix(value, "arn:")
		}
	}
	return false, false
}

func inRange(value string, min, max int) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n >= min && n <= max
}

func isObject(doc string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(doc), &object) == nil && object != nil
}

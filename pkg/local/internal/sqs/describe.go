package sqs

import (
	"maps"
	"strconv"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type getQueueAttributesInput struct {
	QueueUrl       string
	AttributeNames []string
}

type attributesOutput struct {
	Attributes map[string]string `json:",omitempty"`
}

// getQueueAttributes answers with the documents byte for byte as they were set.
func (s *Service) getQueueAttributes(tx *store.Tx, c *wire.Call, in *getQueueAttributesInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	for _, name := range in.AttributeNames {
		if !isQueueAttribute(name) {
			return nil, unknownAttribute(name)
		}
	}
	q.settle(tx)
	all, out := q.describe(), map[string]string{}
	for _, name := range in.AttributeNames {
		if name == "All" {
			return attributesOutput{all}, nil
		}
		if value, ok := all[name]; ok {
			out[name] = value
		}
	}
	return attributesOutput{out}, nil
}

// isQueueAttribute knows every name that the API has, also those that a standard
// queue has no value for.
func isQueueAttribute(name string) bool {
	switch name {
	case "All", "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
		"ApproximateNumberOfMessagesDelayed", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue",
		"ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "DeduplicationScope",
		"FifoThroughputLimit", "RedriveAllowPolicy", "SqsManagedSseEnabled":
		return true
	default:
		return false
	}
}

// configured are the attributes that can be set, with their defaults.
func (q *queue) configured() map[string]string {
	out := map[string]string{"SqsManagedSseEnabled": "true"}
	for _, name := range numberAttributes() {
		sp, _ := spanOf(name)
		out[name] = strconv.Itoa(sp.standard)
	}
	if q.Attributes["KmsMasterKeyId"] != "" {
		sp, _ := spanOf("KmsDataKeyReusePeriodSeconds")
		out["KmsDataKeyReusePeriodSeconds"] = strconv.Itoa(sp.standard)
	}
	maps.Copy(out, q.Attributes)
	return out
}

// describe are all attributes of a settled queue; times in seconds of the epoch.
func (q *queue) describe() map[string]string {
	out := q.configured()
	out["QueueArn"] = q.ARN
	out["CreatedTimestamp"] = strconv.FormatInt(q.Created.Unix(), 10)
	out["LastModifiedTimestamp"] = strconv.FormatInt(q.Modified.Unix(), 10)
	out["ApproximateNumberOfMessages"] = strconv.Itoa(q.ready.Len())
	out["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(q.inFlight)
	out["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(q.delayed())
	return out
}

type setQueueAttributesInput struct {
	QueueUrl   string
	Attributes map[string]string
}

// setQueueAttributes changes the attributes in the request and keeps the others.
func (s *Service) setQueueAttributes(tx *store.Tx, c *wire.Call, in *setQueueAttributesInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if len(in.Attributes) == 0 {
		return nil, missing("Attributes")
	}
	attributes, parsed, err := s.changed(q.ARN, q.Attributes, in.Attributes)
	if err != nil {
		return nil, err
	}
	q.Attributes, q.settings, q.Modified = attributes, parsed, tx.Now()
	q.put(tx)
	return nothing{}, nil
}

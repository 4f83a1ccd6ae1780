package sqs

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/statline/statline/pkg/local/internal/iam"
)

// span is the range and the default of a queue attribute that is a number.
type span struct{ min, max, standard int }

// spanOf has the ranges of "SetQueueAttributes" (Amazon SQS API Reference): times
// in seconds, sizes in bytes. MaximumMessageSize reaches 1 MiB.
func spanOf(name string) (span, bool) {
	switch name {
	case "DelaySeconds":
		return span{0, 900, 0}, true
	case "MaximumMessageSize":
		return span{1024, 1 << 20, 1 << 20}, true
	case "MessageRetentionPeriod":
		return span{60, 1_209_600, 345_600}, true
	case "ReceiveMessageWaitTimeSeconds":
		return span{0, 20, 0}, true
	case "VisibilityTimeout":
		return span{0, 43_200, 30}, true
	case "KmsDataKeyReusePeriodSeconds":
		return span{60, 86_400, 300}, true
	default:
		return span{}, false
	}
}

// numberAttributes are those that every queue has.
func numberAttributes() []string {
	return []string{"DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout"}
}

// settings are the attributes in the form in which they are used.
type settings struct {
	delay, retention, wait, visibility time.Duration
	maxSize                            int
	policy                             *iam.Policy
	redrive                            redrive
	allow                              redriveAllow
}

// parse checks attributes and reads them. Those that are not there have their
// defaults. The error is AWS's refusal.
func parse(attributes map[string]string) (settings, error) {
	var s settings
	numbers := map[string]int{}
	for _, name := range numberAttributes() {
		sp, _ := spanOf(name)
		numbers[name] = sp.standard
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := s.read(name, attributes[name], numbers); err != nil {
			return settings{}, err
		}
	}
	s.delay = time.Duration(numbers["DelaySeconds"]) * time.Second
	s.retention = time.Duration(numbers["MessageRetentionPeriod"]) * time.Second
	s.wait = time.Duration(numbers["ReceiveMessageWaitTimeSeconds"]) * time.Second
	s.visibility = time.Duration(numbers["VisibilityTimeout"]) * time.Second
	s.maxSize = numbers["MaximumMessageSize"]
	return s, nil
}

func (s *settings) read(name, value string, numbers map[string]int) error {
	if sp, ok := spanOf(name); ok {
		n, err := strconv.Atoi(value)
		if err != nil || n < sp.min || n > sp.max {
			return invalidAttribute(name, "")
		}
		numbers[name] = n
		return nil
	}
	var err error
	switch name {
	case "Policy":
		s.policy, err = iam.ParseResource(value)
	case "RedrivePolicy":
		s.redrive, err = parseRedrive(value)
		if err != nil {
			return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: %v.", value, err)
		}
	case "RedriveAllowPolicy":
		s.allow, err = parseRedriveAllow(value)
	case "SqsManagedSseEnabled":
		if value != "true" && value != "false" {
			return invalidAttribute(name, "")
		}
	case "KmsMasterKeyId":
	default:
		return unknownAttribute(name)
	}
	if err != nil {
		return invalidAttribute(name, err.Error())
	}
	return nil
}

// merge is old with changes. An empty value removes what need not be there.
// Encryption is of one kind at a time, the later one ("Encryption at rest in
// Amazon SQS").
func merge(old, changes map[string]string) (map[string]string, error) {
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]string{}
	}
	if changes["KmsMasterKeyId"] != "" && changes["SqsManagedSseEnabled"] == "true" {
		return nil, invalidAttribute("SqsManagedSseEnabled", "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
	}
	for name, value := range changes {
		if value == "" && removable(name) {
			delete(merged, name)
			continue
		}
		merged[name] = value
	}
	switch {
	case changes["KmsMasterKeyId"] != "":
		merged["SqsManagedSseEnabled"] = "false"
	case changes["SqsManagedSseEnabled"] == "true":
		delete(merged, "KmsMasterKeyId")
	}
	return merged, nil
}

func removable(name string) bool {
	switch name {
	case "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId":
		return true
	default:
		return false
	}
}

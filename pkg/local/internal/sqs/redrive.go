package sqs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// redrive is a queue's RedrivePolicy; the zero value is none.
type redrive struct {
	target string // ARN of the dead-letter queue
	most   int    // receives before a message goes there
}

// parseRedrive reads a RedrivePolicy. The count may be a number or its text, as
// on AWS ("SetQueueAttributes", Amazon SQS API Reference).
func parseRedrive(doc string) (redrive, error) {
	var p struct {
		Target *string         `json:"deadLetterTargetArn"`
		Most   json.RawMessage `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return redrive{}, errors.New("redrive policy is not a valid JSON map")
	}
	if p.Target == nil || len(p.Most) == 0 {
		return redrive{}, errors.New("redrive policy does not contain mandatory attributes: maxReceiveCount and deadLetterTargetArn")
	}
	n, err := strconv.Atoi(strings.Trim(string(p.Most), `"`))
	if err != nil || n < 1 || n > 1000 {
		return redrive{}, fmt.Errorf("invalid value for maxReceiveCount: %s, valid values are from 1 to 1000 both inclusive", p.Most)
	}
	if !IsARN(*p.Target) {
		return redrive{}, fmt.Errorf("invalid value for deadLetterTargetArn: %s", *p.Target)
	}
	return redrive{*p.Target, n}, nil
}

// redriveAllow is a queue's RedriveAllowPolicy: which queues may name it as their
// dead-letter queue. The zero value allows all.
type redriveAllow struct {
	denyAll bool
	sources []string // nil: all
}

func parseRedriveAllow(doc string) (redriveAllow, error) {
	var p struct {
		Permission string   `json:"redrivePermission"`
		Sources    []string `json:"sourceQueueArns"`
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return redriveAllow{}, fmt.Errorf("the policy is not valid JSON: %w", err)
	}
	switch {
	case p.Permission == "byQueue" && len(p.Sources) >= 1 && len(p.Sources) <= 10:
		return redriveAllow{sources: p.Sources}, nil
	case p.Permission == "byQueue":
		return redriveAllow{}, errors.New("byQueue needs 1 to 10 sourceQueueArns")
	case len(p.Sources) > 0:
		return redriveAllow{}, errors.New("sourceQueueArns goes with byQueue alone")
	case p.Permission == "allowAll":
		return redriveAllow{}, nil
	case p.Permission == "denyAll":
		return redriveAllow{denyAll: true}, nil
	default:
		return redriveAllow{}, fmt.Errorf("redrivePermission %q is none of allowAll, denyAll and byQueue", p.Permission)
	}
}

func (a redriveAllow) allows(source string) bool {
	if a.denyAll {
		return false
	}
	return a.sources == nil || slices.Contains(a.sources, source)
}

// checkTarget refuses a RedrivePolicy whose dead-letter queue is not there, is
// in another region or account, or does not let the source in. It is applied
// when the policy is set: the dead-letter queue may go later.
func (s *Service) checkTarget(source string, r redrive, doc string) error {
	target := s.byARN(r.target)
	switch {
	case target == nil, placeOf(source) != placeOf(r.target):
		return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", doc)
	case !target.allow.allows(source):
		return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: The dead-letter queue's redrive allow policy does not name this queue.", doc)
	default:
		return nil
	}
}

// placeOf is an ARN without its name: region and account.
func placeOf(arn string) string { return arn[:strings.LastIndexByte(arn, ':')] }

// dead is the dead-letter queue that a message goes to instead of being received
// once more: where it was received as often as its queue allows. It goes with its
// ID, its receives and the time it was first sent ("Using dead-letter queues in
// Amazon SQS"). Where that queue has gone the message stays, and nil is returned.
func (s *Service) dead(q *queue, m *message) *queue {
	if q.redrive.most == 0 || m.Receives-m.Carried < q.redrive.most {
		return nil
	}
	return s.byARN(q.redrive.target)
}

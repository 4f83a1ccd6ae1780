package sqs

import (
	"net/url"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// address is what a queue is known by within the endpoint's account.
type address struct{ region, name string }

// key is the key of the queue's record; the name has no slash.
func (a address) key() string { return a.region + "/" + a.name }

func fromKey(key string) address {
	i := strings.LastIndexByte(key, '/')
	return address{key[:max(i, 0)], key[i+1:]}
}

func (a address) arn(account string) string {
	return "arn:aws:sqs:" + a.region + ":" + account + ":" + a.name
}

// url is the queue's URL on the host that the client addressed.
func (a address) url(c *wire.Call) string {
	return c.BaseURL + "/" + c.Account + "/" + a.name
}

// find is the queue behind a queue URL, of which account and name alone count:
// SDKs send every call to the endpoint that they are set up with. Another
// account's queues do not exist here.
func (s *Service) find(c *wire.Call, queueURL string) (*queue, error) {
	if queueURL == "" {
		return nil, missing("QueueUrl")
	}
	account, name, ok := splitURL(queueURL)
	if !ok {
		return nil, invalidAddress(queueURL)
	}
	return s.named(c, account, name)
}

func splitURL(queueURL string) (account, name string, ok bool) {
	u, err := url.Parse(queueURL)
	if err != nil {
		return "", "", false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 {
		return "", "", false
	}
	return parts[len(parts)-2], parts[len(parts)-1], true
}

func (s *Service) named(c *wire.Call, account, name string) (*queue, error) {
	q, ok := s.queues[address{c.Region, name}]
	if !ok || account != c.Account {
		return nil, noQueue()
	}
	return q, nil
}

// byARN is the queue with that ARN, nil where there is none.
func (s *Service) byARN(arn string) *queue {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 {
		return nil
	}
	q := s.queues[address{parts[3], parts[5]}]
	if q == nil || q.ARN != arn {
		return nil
	}
	return q
}

// IsARN says whether arn has the form of a standard queue's ARN.
func IsARN(arn string) bool {
	parts := strings.Split(arn, ":")
	return len(parts) == 6 && parts[0] == "arn" && parts[1] == "aws" && parts[2] == "sqs" &&
		parts[3] != "" && parts[4] != "" && wire.IsName(parts[5], 80)
}

// checkName applies the rule for names of standard queues: up to 80 letters,
// digits, hyphens and underscores ("CreateQueue").
func checkName(name string) error {
	switch {
	case name == "":
		return missing("QueueName")
	case strings.HasSuffix(name, ".fifo"):
		return &wire.Error{Code: "UnsupportedOperation", Query: prefix + "UnsupportedOperation", Message: "the local endpoint has no FIFO queues: " + name}
	case !wire.IsName(name, 80):
		return invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	default:
		return nil
	}
}

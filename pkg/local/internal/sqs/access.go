package sqs

import (
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// actions says, of each operation, what it needs leave for on the queue that it names:
// "Actions, resources, and condition keys for Amazon SQS" (Service Authorization
// Reference) and, for the tasks that move messages, "Configure queue permissions for
// dead-letter queue redrive" (Amazon SQS Developer Guide).
var actions = map[string][]string{
	"CreateQueue":                  {"CreateQueue"},
	"DeleteQueue":                  {"DeleteQueue"},
	"GetQueueUrl":                  {"GetQueueUrl"},
	"GetQueueAttributes":           {"GetQueueAttributes"},
	"SetQueueAttributes":           {"SetQueueAttributes"},
	"ListQueues":                   {"ListQueues"},
	"ListDeadLetterSourceQueues":   {"ListDeadLetterSourceQueues"},
	"PurgeQueue":                   {"PurgeQueue"},
	"TagQueue":                     {"TagQueue"},
	"UntagQueue":                   {"UntagQueue"},
	"ListQueueTags":                {"ListQueueTags"},
	"SendMessage":                  {"SendMessage"},
	"SendMessageBatch":             {"SendMessage"},
	"ReceiveMessage":               {"ReceiveMessage"},
	"DeleteMessage":                {"DeleteMessage"},
	"DeleteMessageBatch":           {"DeleteMessage"},
	"ChangeMessageVisibility":      {"ChangeMessageVisibility"},
	"ChangeMessageVisibilityBatch": {"ChangeMessageVisibility"},
	"StartMessageMoveTask":         {"StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"},
	"ListMessageMoveTasks":         {"ListMessageMoveTasks", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"},
	"CancelMessageMoveTask":        {"CancelMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"},
}

// named is how operations name their queues.
type named struct {
	QueueUrl, QueueName, QueueOwnerAWSAccountId string
	SourceArn, DestinationArn, TaskHandle       string
	Tags                                        map[string]string
}

// authorize refuses a call that the policies do not allow. It asks before it looks
// whether the queue is there.
func (s *Service) authorize(c *wire.Call) error {
	if c.May == nil {
		return nil
	}
	var in named
	if err := wire.DecodeJSON(c.Body, &in); err != nil {
		return err
	}
	resource, err := s.resource(c, in)
	if err != nil {
		return err
	}
	needed := actions[c.Operation]
	if c.Operation == "CreateQueue" && len(in.Tags) > 0 {
		needed = append(needed[:1:1], "TagQueue")
	}
	var all []wire.Access
	if err := s.db.Update(func(*store.Tx) error {
		for _, action := range needed {
			all = append(all, s.access(action, resource))
		}
		if c.Operation == "StartMessageMoveTask" {
			for _, to := range s.destinations(in) {
				all = append(all, s.access("SendMessage", to))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return c.Check(all...)
}

// access is an access to a queue, which need not be there.
func (s *Service) access(action, arn string) wire.Access {
	a := wire.Access{Action: "sqs:" + action, Resource: arn}
	if q := s.byARN(arn); q != nil {
		a.Policy = q.Attributes["Policy"]
	}
	return a
}

// resource is the ARN of the queue that a call names, or of all.
func (s *Service) resource(c *wire.Call, in named) (string, error) {
	account, name := c.Account, in.QueueName
	switch c.Operation {
	case "ListQueues":
		return address{c.Region, "*"}.arn(c.Account), nil
	case "StartMessageMoveTask", "ListMessageMoveTasks":
		return in.SourceArn, nil
	case "CancelMessageMoveTask":
		h, _ := readTask(in.TaskHandle) // one that is no handle names no queue
		return h.SourceARN, nil
	case "CreateQueue":
	case "GetQueueUrl":
		if in.QueueOwnerAWSAccountId != "" {
			account = in.QueueOwnerAWSAccountId
		}
	default:
		if in.QueueUrl == "" {
			return "", missing("QueueUrl")
		}
		var ok bool
		if account, name, ok = splitURL(in.QueueUrl); !ok {
			return "", invalidAddress(in.QueueUrl)
		}
	}
	return address{c.Region, name}.arn(account), nil
}

// destinations are the queues that a task may move messages to.
func (s *Service) destinations(in named) (arns []string) {
	if in.DestinationArn != "" {
		return []string{in.DestinationArn}
	}
	for _, q := range s.queues {
		if q.redrive.target == in.SourceArn {
			arns = append(arns, q.ARN)
		}
	}
	return arns
}

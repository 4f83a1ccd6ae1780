package sqs

import (
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// cooldown is how long a deleted queue's name cannot be used, and how long a
// purged queue cannot be purged again ("DeleteQueue", "PurgeQueue", Amazon SQS
// API Reference).
const cooldown = 60 * time.Second

type createQueueInput struct {
	QueueName  string
	Attributes map[string]string
	Tags       map[string]string `json:"tags"`
}

type queueURLOutput struct{ QueueUrl string }

// createQueue makes a queue. Of one that exists already it returns the URL,
// unless an attribute in the request has another value there ("CreateQueue").
func (s *Service) createQueue(tx *store.Tx, c *wire.Call, in *createQueueInput) (any, error) {
	if err := checkName(in.QueueName); err != nil {
		return nil, err
	}
	a := address{c.Region, in.QueueName}
	attributes, parsed, err := s.changed(a.arn(c.Account), nil, in.Attributes)
	if err != nil {
		return nil, err
	}
	if q, ok := s.queues[a]; ok {
		return queueURLOutput{a.url(c)}, q.sameAs(in.Attributes)
	}
	if at, ok := s.deleted[a]; ok && tx.Now().Before(at.Add(cooldown)) {
		return nil, refusal("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	q := s.newQueue(a, record{ARN: a.arn(c.Account), Created: tx.Now(), Modified: tx.Now(), Attributes: attributes, Tags: tags}, parsed)
	s.queues[a] = q
	s.forget(tx, a)
	q.put(tx)
	return queueURLOutput{a.url(c)}, nil
}

// changed is old with changes, checked as a whole; the dead-letter queue is
// looked for only where it is named anew.
func (s *Service) changed(arn string, old, changes map[string]string) (map[string]string, settings, error) {
	attributes, err := merge(old, changes)
	if err != nil {
		return nil, settings{}, err
	}
	parsed, err := parse(attributes)
	if err != nil {
		return nil, settings{}, err
	}
	if doc := changes["RedrivePolicy"]; doc != "" {
		if err := s.checkTarget(arn, parsed.redrive, doc); err != nil {
			return nil, settings{}, err
		}
	}
	return attributes, parsed, nil
}

func (q *queue) sameAs(attributes map[string]string) error {
	have := q.configured()
	for name, value := range attributes {
		if have[name] != value {
			return &wire.Error{Code: "QueueNameExists", Query: "QueueAlreadyExists",
				Message: "A queue already exists with the same name and a different value for attribute " + name}
		}
	}
	return nil
}

type queueInput struct{ QueueUrl string }

// deleteQueue takes a queue away with its messages. Polls that wait on it are
// answered at once.
func (s *Service) deleteQueue(tx *store.Tx, c *wire.Call, in *queueInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	q.clear(tx)
	q.deleted = true
	for _, p := range q.polls {
		p.rouse()
	}
	delete(s.queues, q.address)
	q.drop(tx)
	s.remember(tx, q.address)
	return nothing{}, nil
}

// purgeQueue deletes all messages at once; AWS takes up to 60 seconds.
func (s *Service) purgeQueue(tx *store.Tx, c *wire.Call, in *queueInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if !q.Purged.IsZero() && tx.Now().Before(q.Purged.Add(cooldown)) {
		return nil, purgeInProgress(q.name)
	}
	q.clear(tx)
	q.Purged = tx.Now()
	q.put(tx)
	return nothing{}, nil
}

type getQueueURLInput struct{ QueueName, QueueOwnerAWSAccountId string }

func (s *Service) getQueueURL(_ *store.Tx, c *wire.Call, in *getQueueURLInput) (any, error) {
	if in.QueueName == "" {
		return nil, missing("QueueName")
	}
	account := in.QueueOwnerAWSAccountId
	if account == "" {
		account = c.Account
	}
	q, err := s.named(c, account, in.QueueName)
	if err != nil {
		return nil, err
	}
	return queueURLOutput{q.url(c)}, nil
}

// Package sns is Amazon SNS: standard topics with SQS subscriptions in the Query
// protocol.
//
// A publish puts its message into every subscribed queue in one
// [store.DB.Update]: all of them have it, or none, and what Publish has
// acknowledged is on disk. There is thus nothing to try again; a delivery that
// fails does so for a reason that AWS calls a client-side error, and its message
// goes to the subscription's dead-letter queue, or nowhere.
package sns

import (
	"context"
	"net/http"
	"net/url"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

const namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

// Service is SNS. Its state is read and changed inside [store.DB.Update] alone.
type Service struct {
	db         *store.DB
	queues     *sqs.Service
	operations map[string]operation

	topics        map[string]*topic        // by ARN
	subscriptions map[string]*subscription // by ARN
	seq           uint64                   // of the latest subscription
}

// request is one call: its form and what the endpoint knows of it.
type request struct {
	form
	*wire.Call
}

// operation performs a call inside an Update. A nil result is an empty answer.
// The Update succeeds where the operation refuses the call, so that a refusal,
// too, tells of nothing that is not on disk.
type operation func(tx *store.Tx, r request) (any, error)

// Open opens the topics kept in db, whose messages go to queues.
func Open(db *store.DB, queues *sqs.Service) (*Service, error) {
	s := &Service{db: db, queues: queues, topics: map[string]*topic{}, subscriptions: map[string]*subscription{}}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.operations = map[string]operation{
		"CreateTopic":               s.createTopic,
		"DeleteTopic":               s.deleteTopic,
		"GetTopicAttributes":        s.getTopicAttributes,
		"SetTopicAttributes":        s.setTopicAttributes,
		"ListTopics":                s.listTopics,
		"Subscribe":                 s.subscribe,
		"Unsubscribe":               s.unsubscribe,
		"GetSubscriptionAttributes": s.getSubscriptionAttributes,
		"SetSubscriptionAttributes": s.setSubscriptionAttributes,
		"ListSubscriptions":         s.listSubscriptions,
		"ListSubscriptionsByTopic":  s.listSubscriptionsByTopic,
		"TagResource":               s.tagResource,
		"UntagResource":             s.untagResource,
		"ListTagsForResource":       s.listTagsForResource,
		"Publish":                   s.publish,
		"PublishBatch":              s.publishBatch,
	}
	return s, nil
}

// Serve performs a call.
func (s *Service) Serve(_ context.Context, c *wire.Call) (*wire.Response, error) {
	op, ok := s.operations[c.Operation]
	if !ok {
		return nil, wire.Unknown(c.Service, c.Operation)
	}
	values, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return nil, &wire.Error{Code: "MalformedQueryString", Message: err.Error()}
	}
	r := request{form(values), c}
	if err := s.authorize(r); err != nil {
		return nil, err
	}
	var result any
	var refused error
	if err := s.db.Update(func(tx *store.Tx) error {
		result, refused = op(tx, r)
		return nil
	}); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	return wire.Query(c.Operation, namespace, result)
}

func notFound(what string) error {
	return &wire.Error{Status: http.StatusNotFound, Code: "NotFound", Message: what + " does not exist"}
}

// invalid refuses a parameter; reason may be empty.
func invalid(parameter, reason string) error {
	m := "Invalid parameter: " + parameter
	if reason != "" {
		m += " Reason: " + reason
	}
	return &wire.Error{Code: "InvalidParameter", Message: m}
}

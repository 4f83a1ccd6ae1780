package sqs

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxListed is the most that a page of queues holds ("ListQueues").
const maxListed = 1000

type page struct {
	MaxResults *int
	NextToken  string
}

type listQueuesInput struct {
	QueueNamePrefix string
	page
}

type listQueuesOutput struct {
	QueueUrls []string `json:",omitempty"`
	NextToken string   `json:",omitempty"`
}

func (s *Service) listQueues(_ *store.Tx, c *wire.Call, in *listQueuesInput) (any, error) {
	urls, next, err := s.list(c, in.page, func(q *queue) bool { return strings.HasPrefix(q.name, in.QueueNamePrefix) })
	if err != nil {
		return nil, err
	}
	return listQueuesOutput{urls, next}, nil
}

type listSourcesInput struct {
	QueueUrl string
	page
}

// listSourcesOutput has, alone among its kind, a name in lower case.
type listSourcesOutput struct {
	QueueUrls []string `json:"queueUrls"`
	NextToken string   `json:",omitempty"`
}

func (s *Service) listDeadLetterSourceQueues(_ *store.Tx, c *wire.Call, in *listSourcesInput) (any, error) {
	target, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	urls, next, err := s.list(c, in.page, func(q *queue) bool { return q.redrive.target == target.ARN })
	if err != nil {
		return nil, err
	}
	return listSourcesOutput{urls, next}, nil
}

// list is one page of the region's queues that are wanted, by name; next is the
// token for the one after it. Without MaxResults there is no next page.
func (s *Service) list(c *wire.Call, p page, wanted func(*queue) bool) (urls []string, next string, err error) {
	most := maxListed
	if p.MaxResults != nil {
		most = *p.MaxResults
	}
	if most < 1 || most > maxListed {
		return nil, "", outside("MaxResults", most, 1, maxListed)
	}
	after, err := base64.URLEncoding.DecodeString(p.NextToken)
	if err != nil {
		return nil, "", invalid("Invalid NextToken value.")
	}
	var names []string
	for a, q := range s.queues {
		if a.region == c.Region && a.name > string(after) && wanted(q) {
			names = append(names, a.name)
		}
	}
	slices.Sort(names)
	if len(names) > most {
		names = names[:most]
		if p.MaxResults != nil {
			next = base64.URLEncoding.EncodeToString([]byte(names[most-1]))
		}
	}
	urls = make([]string, len(names))
	for i, name := range names {
		urls[i] = address{c.Region, name}.url(c)
	}
	return urls, next, nil
}

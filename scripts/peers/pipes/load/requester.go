package main

import (
	"context"
	"fmt"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
)

// statline is statline's own client.
type statline struct{ *requester.Requester }

func newRequester(s *cloud.Stack, p *requester.Publisher) (asker, error) {
	r, err := requester.New(requester.Config{
		Stack: s.Stack, Publisher: p, SQS: s.SQS,
		Results: &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()},
	})
	return statline{r}, err
}

func (s statline) ask(ctx context.Context, list []byte) (answer, error) {
	numbers, _, err := stats.ParseJSON(list)
	if err != nil {
		return answer{}, err
	}
	reply, err := s.Do(ctx, message.Request{ID: message.NewID(), Numbers: numbers})
	if err != nil {
		return answer{}, err
	}
	if reply.Status != message.StatusOK {
		return answer{}, fmt.Errorf("request %s: status %s: %v", reply.RequestID, reply.Status, reply.Fault)
	}
	return answer{reply.Result.Count, string(reply.Result.Sum)}, nil
}

func (s statline) close(ctx context.Context) error { return s.Close(ctx) }

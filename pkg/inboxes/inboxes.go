// Package inboxes finds the reply queues that clients have left behind, and removes
// them.
//
// A client removes its inbox when it ends, but not when it is killed. SQS cannot say
// whether a queue is still read: one that nobody has written to for an hour looks
// the same whether its client is idle or gone. So the rule is age: an inbox is
// abandoned [MaxAge] after it was made, which for a queue never changes. Package
// requester gives up its own inboxes long before that, and a client in another
// language must. A client that loses its inbox all the same loses no answer: they
// are in the table.
package inboxes

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/message"
)

// MaxAge is the age from which on an inbox may be removed.
const MaxAge = 7 * 24 * time.Hour

// Inbox is a reply queue as SQS describes it. The numbers are approximate.
type Inbox struct {
	Name     string
	ClientID string    // "anon" for clients that have none
	Created  time.Time // by SQS's clock
	Waiting  int       // replies that nobody has fetched
	InFlight int       // replies that somebody has fetched and not yet deleted
}

// Abandoned says that the inbox may be removed: it is [MaxAge] old and nobody has
// just fetched a reply from it.
func (in Inbox) Abandoned(now time.Time) bool {
	return in.InFlight == 0 && now.Sub(in.Created) >= MaxAge
}

// Stack is where inboxes are looked for: the queues of one stack alone, since its name
// can neither contain "-inbox" nor, with it, begin another's.
type Stack struct {
	SQS      *sqs.Client
	Name     string
	QueueURL func(name string) string
}

// Names yields the names of the inboxes. A queue with the prefix of an inbox whose name
// is none is passed over. An error ends it.
func (s *Stack) Names(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		// Without MaxResults there is no token for the next page ("ListQueues", Amazon SQS
		// API Reference).
		pages := sqs.NewListQueuesPaginator(s.SQS, &sqs.ListQueuesInput{QueueNamePrefix: aws.String(s.Name + "-inbox-"), MaxResults: aws.Int32(1000)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", fmt.Errorf("list the inboxes of stack %s: %w", s.Name, err))
				return
			}
			for _, url := range page.QueueUrls {
				name := url[strings.LastIndexByte(url, '/')+1:]
				if _, ok := clientOf(s.Name, name); ok && !yield(name, nil) {
					return
				}
			}
		}
	}
}

// clientOf is whose inbox a queue of that name is, and whether it is one at all.
func clientOf(stack, name string) (clientID string, ok bool) {
	rest, ok := strings.CutPrefix(name, stack+"-inbox-")
	i := strings.LastIndexByte(rest, '-')
	if !ok || i < 0 {
		return "", false
	}
	clientID = rest[:i]
	return clientID, message.ValidClientID(clientID) && message.ValidInbox(stack, clientID, name)
}

// ErrGone says that there is no such inbox, or no longer.
var ErrGone = errors.New("no such inbox")

// Describe asks SQS about an inbox. The error is [ErrGone] where there is none.
func (s *Stack) Describe(ctx context.Context, name string) (Inbox, error) {
	clientID, ok := clientOf(s.Name, name)
	if !ok {
		return Inbox{}, fmt.Errorf("%.120q is no inbox of stack %s: %w", name, s.Name, ErrGone)
	}
	const created, waiting, inFlight = types.QueueAttributeNameCreatedTimestamp, types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := s.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(s.QueueURL(name)), AttributeNames: []types.QueueAttributeName{created, waiting, inFlight},
	})
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return Inbox{}, fmt.Errorf("inbox %s: %w", name, ErrGone)
	}
	if err != nil {
		return Inbox{}, fmt.Errorf("read attributes of inbox %s: %w", name, err)
	}
	var numbers [3]int64
	for i, attribute := range []types.QueueAttributeName{created, waiting, inFlight} {
		whole, _, _ := strings.Cut(out.Attributes[string(attribute)], ".") // of a time, moto writes fractions of the second
		if numbers[i], err = strconv.ParseInt(whole, 10, 64); err != nil {
			return Inbox{}, fmt.Errorf("inbox %s: %s: %w", name, attribute, err)
		}
	}
	return Inbox{Name: name, ClientID: clientID, Created: time.Unix(numbers[0], 0).UTC(), Waiting: int(numbers[1]), InFlight: int(numbers[2])}, nil
}

// Remove removes an inbox with what is in it; that it is gone already is no error. It
// is the caller's to know that it is abandoned.
func (s *Stack) Remove(ctx context.Context, name string) error {
	if _, ok := clientOf(s.Name, name); !ok {
		return fmt.Errorf("remove %.120q: it is no inbox of stack %s", name, s.Name)
	}
	_, err := s.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(s.QueueURL(name))})
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone || err == nil {
		return nil
	}
	return fmt.Errorf("remove inbox %s: %w", name, err)
}

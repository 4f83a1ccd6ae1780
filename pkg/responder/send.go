package responder

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// The limits of SendMessageBatch ("Amazon SQS message quotas", Amazon SQS
// Developer Guide). The bytes are those that every endpoint takes.
const (
	sendItems = 10
	sendBytes = 256 << 10
)

// send sends replies, those to one inbox together, and returns for each message
// why a reply to it has to be tried again. A reply that can never be delivered is
// logged and done with.
func (r *Responder) send(ctx context.Context, replies []reply) map[int]error {
	var mu sync.Mutex
	failed := map[int]error{}
	var wg sync.WaitGroup
	for _, group := range groups(replies) {
		wg.Go(func() {
			errs := r.sendGroup(ctx, group)
			mu.Lock()
			defer mu.Unlock()
			for i, err := range errs {
				if err != nil {
					failed[group[i].message] = errors.Join(failed[group[i].message], err)
				}
			}
		})
	}
	wg.Wait()
	return failed
}

// groups splits replies into what fits a batch call.
func groups(replies []reply) [][]reply {
	var all [][]reply
	open := map[string]int{} // inbox → index of the group that still takes
	bytes := map[string]int{}
	for _, p := range replies {
		i, ok := open[p.inbox]
		if !ok || len(all[i]) == sendItems || bytes[p.inbox]+len(p.body) > sendBytes {
			i = len(all)
			all = append(all, nil)
			open[p.inbox], bytes[p.inbox] = i, 0
		}
		all[i] = append(all[i], p)
		bytes[p.inbox] += len(p.body)
	}
	return all
}

// sendGroup sends the replies of one group, all to the same inbox.
func (r *Responder) sendGroup(ctx context.Context, group []reply) []error {
	inbox := group[0].inbox
	in := &sqs.SendMessageBatchInput{QueueUrl: aws.String(r.QueueURL(inbox))}
	for i, p := range group {
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(p.body)})
	}
	errs := make([]error, len(group))
	out, err := r.SQS.SendMessageBatch(ctx, in)
	if err != nil {
		if undeliverable(err) {
			r.log().Info("inbox cannot be replied to; the results are stored", "inbox", inbox, "replies", len(group), "err", err)
			return errs
		}
		for i := range errs {
			errs[i] = fmt.Errorf("reply to inbox %s: %w", inbox, err)
		}
		return errs
	}
	for _, f := range out.Failed {
		i, err := strconv.Atoi(aws.ToString(f.Id))
		if err != nil || i < 0 || i >= len(group) {
			r.log().Error("unknown entry in the answer", "inbox", inbox, "entry", aws.ToString(f.Id))
			continue
		}
		if f.SenderFault {
			r.log().Error("reply refused; the result is stored", "inbox", inbox, "code", aws.ToString(f.Code), "err", aws.ToString(f.Message))
			continue
		}
		errs[i] = fmt.Errorf("reply to inbox %s: %s: %s", inbox, aws.ToString(f.Code), aws.ToString(f.Message))
	}
	return errs
}

// undeliverable says whether a call failed for good: the queue is gone, or does
// not let the service in. What is throttled or out of order is worth another try.
func undeliverable(err error) bool {
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return true
	}
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch refusal.ErrorCode() {
	case "AWS.SimpleQueueService.NonExistentQueue", "QueueDeletedRecently", "AccessDenied", "AccessDeniedException", "KMS.DisabledException", "KmsAccessDenied", "KmsDisabled", "KmsNotFound":
		return true
	}
	return false
}

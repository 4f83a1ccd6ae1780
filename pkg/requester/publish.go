package requester

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/statline/statline/pkg/message"
)

// publication is a request on its way to the topic.
type publication struct {
	body  string
	inbox *inbox // where the reply is awaited, nil where none is
}

// put publishes a request whose reply is awaited in an inbox, or in none, and tries
// again what may pass, until ctx ends.
func (r *Requester) put(ctx context.Context, q message.Request, in *inbox) error {
	body, err := q.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write request %s: %w", q.ID, err)
	}
	if len(body) > message.MaxBody {
		return &message.Fault{Code: message.TooLarge, Message: fmt.Sprintf("the message has %d bytes; at most %d are allowed", len(body), message.MaxBody)}
	}
	return r.persist(ctx, "publish request "+q.ID, func() error { return r.publish.Do(ctx, publication{string(body), in}) })
}

// refusal is the reason why SNS did not take one entry of a batch.
type refusal struct {
	code, text string
	ours       bool // the entry is at fault, not SNS
}

func (e *refusal) Error() string { return e.code + ": " + e.text }

var errUnsaid = errors.New("SNS did not say what became of the message")

// publishBatch publishes requests in one call, save those whose inbox cannot be
// made. The call can fail for some of them without an error ("PublishBatch", Amazon
// SNS API Reference).
func (r *Requester) publishBatch(ctx context.Context, items []publication) []error {
	errs := r.openInboxes(ctx, items)
	in := &sns.PublishBatchInput{TopicArn: aws.String(r.config.TopicARN)}
	for i, p := range items {
		if errs[i] != nil {
			continue
		}
		errs[i] = errUnsaid
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, types.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), Message: aws.String(p.body),
		})
	}
	if len(in.PublishBatchRequestEntries) == 0 {
		return errs
	}
	out, err := r.config.SNS.PublishBatch(ctx, in)
	if err != nil {
		for i := range errs {
			if errs[i] == errUnsaid {
				errs[i] = err
			}
		}
		return errs
	}
	for _, ok := range out.Successful {
		if i, err := strconv.Atoi(aws.ToString(ok.Id)); err == nil && i >= 0 && i < len(errs) {
			errs[i] = nil
		}
	}
	for _, f := range out.Failed {
		if i, err := strconv.Atoi(aws.ToString(f.Id)); err == nil && i >= 0 && i < len(errs) {
			errs[i] = &refusal{code: aws.ToString(f.Code), text: aws.ToString(f.Message), ours: f.SenderFault}
		}
	}
	return errs
}

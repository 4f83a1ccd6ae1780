package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
)

// depth is how many messages a queue holds, approximately on AWS: those that can be
// received, and those that somebody has received and not yet deleted.
type depth struct{ waiting, hidden int }

func depthOf(ctx context.Context, stack *cloud.Stack, name string) (d depth, err error) {
	const waiting, hidden = types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := stack.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(stack.QueueURL(name)), AttributeNames: []types.QueueAttributeName{waiting, hidden},
	})
	if err != nil {
		return d, fmt.Errorf("read attributes of queue %s: %w", name, err)
	}
	if d.waiting, err = strconv.Atoi(out.Attributes[string(waiting)]); err != nil {
		return d, fmt.Errorf("queue %s: %s: %w", name, waiting, err)
	}
	if d.hidden, err = strconv.Atoi(out.Attributes[string(hidden)]); err != nil {
		return d, fmt.Errorf("queue %s: %s: %w", name, hidden, err)
	}
	return d, nil
}

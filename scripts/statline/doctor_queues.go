package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func (d *doctor) queueChecks() []check {
	var all []check
	add := func(name string, look func(context.Context, string) (string, error), queues ...string) {
		for _, queue := range queues {
			all = append(all, check{name + queue, func(ctx context.Context) (string, error) { return look(ctx, queue) }, d.apply()})
		}
	}
	add("queue ", d.queue, d.StatsQueue(), d.AuditQueue(), d.StatsDLQ(), d.AuditDLQ(), d.Undelivered())
	add("policy of ", d.queuePolicy, d.StatsQueue(), d.AuditQueue(), d.StatsDLQ(), d.AuditDLQ(), d.Undelivered())
	add("dead letters of ", d.deadLetters, d.StatsQueue(), d.AuditQueue())
	return all
}

// attributes are all attributes of a queue; missing is the error where it is not there.
func (d *doctor) attributes(ctx context.Context, queue string, missing error) (map[string]string, error) {
	out, err := d.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(d.QueueURL(queue)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

var noQueue = &unchecked{"there is no such queue"}

func (d *doctor) setAttribute(queue, name, value string) string {
	document, err := json.Marshal(map[string]string{name: value})
	if err != nil {
		panic(err) // strings always encode
	}
	return d.aws("sqs", "set-queue-attributes", "--queue-url", d.QueueURL(queue), "--attributes", string(document))
}

// The visibility timeouts that services can work with: they renew long before it ends,
// and what a killed one had in its hands comes back after it.
const minVisibility, maxVisibility = 10, 15 * 60 // seconds

func (d *doctor) queue(ctx context.Context, queue string) (string, error) {
	attributes, err := d.attributes(ctx, queue, &fault{"there is no queue " + d.QueueARN(queue), d.apply()})
	if err != nil {
		return "", err
	}
	encrypted := "encrypted with " + attributes["KmsMasterKeyId"]
	switch {
	case attributes["SqsManagedSseEnabled"] == "true":
		encrypted = "encrypted with a key of SQS"
	case attributes["KmsMasterKeyId"] == "":
		return "", &fault{"it is not encrypted", d.setAttribute(queue, "SqsManagedSseEnabled", "true")}
	}
	if queue != d.StatsQueue() && queue != d.AuditQueue() {
		return encrypted, nil
	}
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return "", fmt.Errorf("visibility timeout: %w", err)
	}
	if seconds < minVisibility || seconds > maxVisibility {
		return "", &fault{
			fmt.Sprintf("its visibility timeout is %d seconds, not %d to %d", seconds, minVisibility, maxVisibility),
			d.setAttribute(queue, "VisibilityTimeout", "30"),
		}
	}
	if delay := attributes["DelaySeconds"]; delay != "" && delay != "0" {
		return "", &fault{"every message waits " + delay + " seconds before it can be received", d.setAttribute(queue, "DelaySeconds", "0")}
	}
	return fmt.Sprintf("%s, visibility timeout %d s", encrypted, seconds), nil
}

// queuePolicy checks that the topic may send to a queue that it delivers to, and that
// nobody may do anything without TLS.
func (d *doctor) queuePolicy(ctx context.Context, queue string) (string, error) {
	attributes, err := d.attributes(ctx, queue, noQueue)
	if err != nil {
		return "", err
	}
	arn, says := d.QueueARN(queue), ""
	if queue != d.StatsDLQ() && queue != d.AuditDLQ() {
		allowed, err := allowsTopic(attributes["Policy"], delivery{topic: d.TopicARN(), queue: arn, account: d.Account})
		if err != nil {
			return "", err
		}
		if !allowed {
			return "", &fault{"it does not let the topic send", d.apply()}
		}
		says = "the topic may send, "
	}
	guarded, err := guarded(attributes["Policy"], d.apply(), deed{"sqs:sendmessage", arn}, deed{"sqs:receivemessage", arn}, deed{"sqs:deletemessage", arn})
	return says + guarded, err
}

// deadLetters checks where a queue's messages go that fail again and again. A service
// answers on the last delivery and works on the others, so there must be two. Moving
// a message does not renew it, so the dead-letter queue must keep it as long ("Using
// dead-letter queues in Amazon SQS", Amazon SQS Developer Guide).
func (d *doctor) deadLetters(ctx context.Context, queue string) (string, error) {
	attributes, err := d.attributes(ctx, queue, noQueue)
	if err != nil {
		return "", err
	}
	target := queue + "-dlq"
	fix := d.setAttribute(queue, "RedrivePolicy", `{"deadLetterTargetArn":"`+d.QueueARN(target)+`","maxReceiveCount":10}`)
	if attributes["RedrivePolicy"] == "" {
		return "", &fault{"it has no dead-letter queue: what fails is tried until SQS drops it", fix}
	}
	var redrive struct {
		Target string      `json:"deadLetterTargetArn"`
		Most   json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive); err != nil {
		return "", fmt.Errorf("its redrive policy: %w", err)
	}
	if redrive.Target != d.QueueARN(target) {
		return "", &fault{fmt.Sprintf("its dead-letter queue is %s, not %s", redrive.Target, d.QueueARN(target)), fix}
	}
	if most, err := redrive.Most.Int64(); err != nil || most < 2 {
		return "", &fault{fmt.Sprintf("it gives up after %s deliveries, not 2 or more", redrive.Most), fix}
	}
	letters, err := d.attributes(ctx, target, &unchecked{"there is no queue " + target})
	if err != nil {
		return "", err
	}
	const retention = "MessageRetentionPeriod"
	if ours, theirs, err := twoNumbers(attributes[retention], letters[retention]); err != nil || theirs < ours {
		if err != nil {
			return "", fmt.Errorf("retention: %w", err)
		}
		return "", &fault{fmt.Sprintf("%s keeps messages for %d seconds, the queue itself for %d", target, theirs, ours), d.setAttribute(target, retention, strconv.Itoa(ours))}
	}
	return fmt.Sprintf("to %s after %s deliveries", target, redrive.Most), nil
}

func twoNumbers(a, b string) (x, y int, err error) {
	if x, err = strconv.Atoi(a); err != nil {
		return 0, 0, err
	}
	y, err = strconv.Atoi(b)
	return x, y, err
}

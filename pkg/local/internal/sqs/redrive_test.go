package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// withDeadLetters gives the queue a dead-letter queue after two receives, and
// returns a fixture on that.
func (f fixture) withDeadLetters() fixture {
	f.Helper()
	dead := f
	dead.url = f.create("dead")
	must(f.SetQueueAttributes(context.Background(), &sqs.SetQueueAttributesInput{QueueUrl: f.url, Attributes: map[string]string{
		"RedrivePolicy": `{"deadLetterTargetArn":"` + someARN + `dead","maxReceiveCount":2}`, "VisibilityTimeout": "1",
	}}))(f.T)
	return dead
}

func TestDeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead := f.withDeadLetters()
		must(f.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("poison"), MessageGroupId: aws.String("g"),
			MessageAttributes: map[string]types.MessageAttributeValue{"k": text("String", "v")}}))(t)
		first := f.receive(20)[0]
		f.receive(20)
		go f.receive(20) // the third receive buries the message, and wakes who waits for dead ones
		var m types.Message
		f.takes(time.Second, func() { m = dead.receive(20)[0] })
		f.want("ID", *m.MessageId, *first.MessageId)
		f.want("body", *m.Body, "poison")
		f.want("attribute", *m.MessageAttributes["k"].StringValue, "v")
		f.want("sent", m.Attributes["SentTimestamp"], first.Attributes["SentTimestamp"])
		f.want("first received", m.Attributes["ApproximateFirstReceiveTimestamp"], first.Attributes["ApproximateFirstReceiveTimestamp"])
		f.want("receives in all queues", m.Attributes["ApproximateReceiveCount"], "3")
		f.want("source", m.Attributes["DeadLetterQueueSourceArn"], someARN+"q")
		f.want("group", m.Attributes["MessageGroupId"], "g")
		f.delete(first) // a handle of the source deletes nothing in the dead-letter queue
		f.want("counts", f.counts(), "0/0/0")
		f.want("dead counts", dead.counts(), "0/1/0")
		time.Sleep(time.Hour)
		for range 5 { // no policy there: it stays
			dead.receive(0)
			time.Sleep(time.Hour)
		}
		f.want("dead counts", dead.counts(), "1/0/0")
	})
}

// A dead-letter queue with a policy of its own counts its own receives.
func TestDeadLetterOfDeadLetters(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead, last := f.withDeadLetters(), f
		last.url = f.create("last")
		must(f.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: dead.url, Attributes: map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"` + someARN + `last","maxReceiveCount":1}`, "VisibilityTimeout": "1",
		}}))(t)
		f.bury("m")
		f.want("dead letter", bodies(dead.receive(0)), "m")
		time.Sleep(time.Second)
		f.want("dead letter", bodies(dead.receive(0)), "")
		m := last.receive(0)[0]
		f.want("source", m.Attributes["DeadLetterQueueSourceArn"], someARN+"dead")
		f.want("receives in all queues", m.Attributes["ApproximateReceiveCount"], "4")
	})
}

// The age of a dead letter counts from when it was first sent.
func TestDeadLetterRetention(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead := f.withDeadLetters()
		must(f.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: dead.url, Attributes: map[string]string{"MessageRetentionPeriod": "60"}}))(t)
		f.send("m")
		for range 3 {
			f.receive(0)
			time.Sleep(15 * time.Second)
		}
		f.want("dead counts", dead.counts(), "1/0/0")
		time.Sleep(15*time.Second - 1)
		f.want("dead counts", dead.counts(), "1/0/0")
		time.Sleep(time.Nanosecond)
		f.want("dead counts", dead.counts(), "0/0/0")
	})
}

// Without its dead-letter queue a message stays where it is.
func TestDeadLetterQueueGone(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead := f.withDeadLetters()
		must(f.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: dead.url}))(t)
		f.send("m")
		for range 5 {
			f.want("messages", bodies(f.receive(20)), "m")
		}
	})
}

func TestListDeadLetterSourceQueues(t *testing.T) {
	f := open(t)
	dead := f.withDeadLetters()
	out := must(f.ListDeadLetterSourceQueues(t.Context(), &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: dead.url}))(t)
	f.want("sources", fmt.Sprint(out.QueueUrls), "["+*f.url+"]")
}

// bury makes dead letters of the bodies.
func (f fixture) bury(bodies ...string) {
	f.Helper()
	f.send(bodies...)
	for range 3 {
		f.receive(0)
		time.Sleep(2 * time.Second)
	}
}

func TestMoveBackToSource(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead := f.withDeadLetters()
		f.bury("a", "b", "c")
		start := &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(someARN + "dead")}
		old := dead.receive(0)
		must(f.StartMessageMoveTask(t.Context(), start))(t)
		f.want("what is in flight stays", f.counts()+" "+dead.counts(), "0/0/0 0/3/0")
		dead.delete(old[0])
		time.Sleep(time.Minute)
		started := time.Now()
		task := must(f.StartMessageMoveTask(t.Context(), start))(t)
		moved := f.receive(0)
		f.want("moved", bodies(moved), "b c")
		f.want("dead counts", dead.counts(), "0/0/0")
		f.want("receives", moved[0].Attributes["ApproximateReceiveCount"], "1")
		f.want("sent", moved[0].Attributes["SentTimestamp"], fmt.Sprint(started.UnixMilli()))
		f.want("source", moved[0].Attributes["DeadLetterQueueSourceArn"], "")
		if *moved[0].MessageId == *old[1].MessageId {
			t.Error("a moved message has its old ID")
		}
		list := must(f.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(someARN + "dead"), MaxResults: aws.Int32(10)}))(t)
		if len(list.Results) != 2 {
			t.Fatalf("%d tasks, want 2", len(list.Results))
		}
		last := list.Results[0]
		f.want("status", *last.Status, "COMPLETED")
		f.want("moved", fmt.Sprint(last.ApproximateNumberOfMessagesMoved, *last.ApproximateNumberOfMessagesToMove), "2 2")
		_, err := f.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: task.TaskHandle})
		if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
			t.Errorf("got %v, want ResourceNotFoundException", err)
		}
	})
}

func TestMoveToDestination(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		dead := f.withDeadLetters()
		other := f
		other.url = f.create("other")
		dead.send("sent here") // it has no source
		f.bury("m")
		move := func(destination string) error {
			in := &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(someARN + "dead")}
			if destination != "" {
				in.DestinationArn = aws.String(destination)
			}
			_, err := f.StartMessageMoveTask(t.Context(), in)
			return err
		}
		if err := move(""); err != nil {
			t.Fatal(err)
		}
		list := must(f.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(someARN + "dead")}))(t)
		f.want("status", *list.Results[0].Status+" "+*list.Results[0].FailureReason, "FAILED CouldNotDetermineMessageSource")
		f.want("back", bodies(f.receive(0)), "m")
		if err := move(someARN + "other"); err != nil {
			t.Fatal(err)
		}
		f.want("moved", bodies(other.receive(0)), "sent here")
		f.refused("nowhere", move(someARN+"nowhere"), "ResourceNotFoundException", "DestinationArn")
		f.refused("itself", move(someARN+"dead"), "InvalidParameterValue", "different")
	})
}

func TestMoveRules(t *testing.T) {
	f := open(t)
	f.withDeadLetters()
	move := func(in sqs.StartMessageMoveTaskInput) error {
		_, err := f.StartMessageMoveTask(t.Context(), &in)
		return err
	}
	f.refused("no dead-letter queue", move(sqs.StartMessageMoveTaskInput{SourceArn: aws.String(someARN + "q")}), "InvalidParameterValue", "Dead Letter Queue")
	f.refused("no queue", move(sqs.StartMessageMoveTaskInput{SourceArn: aws.String(someARN + "none")}), "ResourceNotFoundException", "SourceArn")
	f.refused("rate", move(sqs.StartMessageMoveTaskInput{SourceArn: aws.String(someARN + "dead"), MaxNumberOfMessagesPerSecond: aws.Int32(501)}), "InvalidParameterValue", "")
	_, err := f.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: aws.String("x")})
	f.refused("handle", err, "InvalidParameterValue", "TaskHandle")
}

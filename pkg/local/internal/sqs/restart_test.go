package sqs_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/statline/statline/pkg/local"
)

// populate leaves a server with messages in every state, and returns what was
// received of the one in flight.
func populate(f fixture) (handle *string) {
	f.send("gone", "flight", "seen", "ready")
	got := f.receive(0)
	f.delete(got[0])
	for _, i := range []int{2, 3} {
		if err := f.visibility(got[i], 0); err != nil {
			f.Fatal(err)
		}
	}
	must(f.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("late"), DelaySeconds: 60}))(f.T)
	must(f.TagQueue(context.Background(), &sqs.TagQueueInput{QueueUrl: f.url, Tags: map[string]string{"k": "v"}}))(f.T)
	must(f.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: f.create("deleted")}))(f.T)
	f.send("new")
	return got[1].ReceiptHandle
}

// inspect checks on another server what populate left.
func inspect(f fixture, handle *string) {
	f.Helper()
	f.url = aws.String(local.URL + "/000000000000/q")
	f.want("counts", f.counts(), "3/1/1")
	f.want("attribute", f.attributes()["VisibilityTimeout"], "120")
	tags := must(f.ListQueueTags(context.Background(), &sqs.ListQueueTagsInput{QueueUrl: f.url}))(f.T)
	f.want("tags", fmt.Sprint(tags.Tags), "map[k:v]")
	got := f.receive(0)
	f.want("ready", bodies(got), "seen ready new")
	f.want("receives", got[0].Attributes["ApproximateReceiveCount"]+got[2].Attributes["ApproximateReceiveCount"], "21")
	must(f.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: handle}))(f.T)
	f.want("a handle from before deletes", f.counts(), "0/3/1")
	_, err := f.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String("deleted")})
	f.refused("deleted before", err, "AWS.SimpleQueueService.QueueDeletedRecently", "")
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	f := connect(t, dir)
	f.url = f.create("q", "VisibilityTimeout", "120")
	handle := populate(f)
	if err := f.server.Close(); err != nil {
		t.Fatal(err)
	}
	inspect(connect(t, dir), handle)
}

// A crash keeps what is on disk at that moment; all that was answered is.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	f := connect(t, dir)
	f.url = f.create("q", "VisibilityTimeout", "120")
	handle := populate(f)
	state, err := os.ReadFile(filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.WriteFile(filepath.Join(copied, "state.db"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	inspect(connect(t, copied), handle)
}

// What was in flight or delayed before a restart comes at its time after it, what
// is too old does not come.
func TestTimesSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		f := connect(t, dir)
		f.url = f.create("q", "MessageRetentionPeriod", "100")
		dead := f.create("dead")
		must(f.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: f.url, Attributes: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + someARN + `dead","maxReceiveCount":1}`}}))(t)
		f.send("old")
		time.Sleep(50 * time.Second)
		must(f.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("late"), DelaySeconds: 25}))(t)
		f.receive(0)
		time.Sleep(10 * time.Second)
		if err := f.server.Close(); err != nil {
			t.Fatal(err)
		}

		again := connect(t, dir)
		again.url = f.url
		again.want("counts", again.counts(), "0/1/1")
		again.takes(15*time.Second, func() { again.want("message", bodies(again.receive(20)), "late") })
		time.Sleep(6 * time.Second)
		again.receive(0) // the visibility of the first is over: it was received once, which is enough
		letters := again
		letters.url = dead
		m := letters.receive(0)
		letters.want("dead letter", bodies(m), "old")
		letters.want("receives", m[0].Attributes["ApproximateReceiveCount"], "2")
		time.Sleep(30 * time.Second)
		again.want("counts", again.counts(), "1/0/0")
		if err := again.server.Close(); err != nil {
			t.Fatal(err)
		}

		time.Sleep(39*time.Second + 1)
		last := connect(t, dir)
		last.url = f.url
		last.want("all is too old", last.counts(), "0/0/0")
	})
}

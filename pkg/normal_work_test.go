package pkg_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
)

func inBubble(t *testing.T, test func(*testing.T)) { synctest.Test(t, test) }

// TestEnforced: services and clients do all their work with the policies that Terraform
// renders for them.
func TestEnforced(t *testing.T) {
	if err := underPolicies(t, readPolicies(t), normalWork); err != nil {
		t.Error(err)
	}
}

// normalWork is all that services and clients do in the life of a stack, what they do
// when something fails included, and what the policies of the resources keep them from.
func normalWork(ctx context.Context, e *enforced) (err error) {
	e.start()
	defer func() { e.halt() }()
	for _, name := range []string{"lab", "lab-2"} {
		var r *requester.Requester
		if r, err = e.client(name); err != nil {
			return err
		}
		w := &worker{enforced: e, Requester: r, id: name, stack: e.as(name, plain)}
		defer func() { err = errors.Join(err, w.leave(ctx)) }()
		for _, step := range []struct {
			name string
			do   func(*worker, context.Context) error
			once bool // it makes no difference whose work it is
		}{
			{"asks", (*worker).asks, false}, {"repeats", (*worker).repeats, false}, {"is refused", (*worker).isRefused, false}, {"finds results", (*worker).finds, false},
			{"comes too late", (*worker).comesTooLate, false}, {"fails once", (*worker).failsOnce, true}, {"logs once", (*worker).logsOnce, true},
			{"logs again", (*worker).logsAgain, true}, {"dead letter", (*worker).deadLetter, true}, {"undelivered", (*worker).undelivered, true},
			{"leaves nothing", (*worker).leavesNothing, false},
		} {
			if step.once && name != "lab" {
				continue
			}
			within, cancel := context.WithTimeout(ctx, 20*time.Minute) // ten deliveries take a quarter of an hour
			err := step.do(w, within)
			cancel()
			if err == nil {
				err = e.verdict()
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", name, step.name, err)
			}
		}
	}
	if err := e.sweeps(ctx); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return e.keepsOut(ctx)
}

// worker is a client at work.
type worker struct {
	*enforced
	*requester.Requester
	id    string
	stack *cloud.Stack // as this client calls it
}

func listOf(id, numbers string) (message.Request, error) {
	list, err := stats.ParseText([]byte(numbers))
	return message.Request{ID: id, Numbers: list}, err
}

// ask asks for the mean of a list. It must come by the inbox.
func (w *worker) ask(ctx context.Context, id, numbers string, status message.Status) error {
	q, err := listOf(id, numbers)
	if err != nil {
		return err
	}
	before := w.Counts().Replies
	reply, err := w.Do(ctx, q)
	if err != nil {
		return err
	}
	if reply.RequestID != id || reply.Status != status || w.Counts().Replies == before {
		return fmt.Errorf("request %s: %+v, %+v; want %s by the inbox", id, reply, w.Counts(), status)
	}
	return nil
}

// asks: many at once, which share calls, and one alone.
func (w *worker) asks(ctx context.Context) error {
	const many = 30
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { errs[i] = w.ask(ctx, fmt.Sprintf("%s-%d", w.id, i), "7 8 54 89", message.StatusOK) })
	}
	all.Wait()
	return errors.Join(append(errs, w.ask(ctx, w.id+"-one", "1 2", message.StatusOK))...)
}

// repeats: the same request again, and another under its ID.
func (w *worker) repeats(ctx context.Context) error {
	if err := w.ask(ctx, w.id+"-one", "1 2", message.StatusOK); err != nil {
		return err
	}
	return w.ask(ctx, w.id+"-one", "1 2 3", message.StatusError)
}

// isRefused: what a client publishes that has nothing but an SDK.
func (w *worker) isRefused(ctx context.Context) error {
	inbox := message.NewInbox(shop, w.id)
	made, err := w.stack.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &inbox})
	if err != nil {
		return err
	}
	body := fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"%s-bad","client_id":%q,"inbox":%q,"numbers":[1,null]}`, w.id, w.id, inbox)
	if _, err := w.stack.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(w.TopicARN()), Message: &body}); err != nil {
		return err
	}
	out, err := w.stack.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: made.QueueUrl, WaitTimeSeconds: 20})
	if err != nil {
		return err
	}
	if len(out.Messages) != 1 || !strings.Contains(*out.Messages[0].Body, "invalid_number") {
		return fmt.Errorf("the inbox has %v", out.Messages)
	}
	if _, err := w.stack.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: made.QueueUrl, ReceiptHandle: out.Messages[0].ReceiptHandle}); err != nil {
		return err
	}
	_, err = w.stack.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
	return err
}

// finds: any client gets a result, and who may list them does.
func (w *worker) finds(ctx context.Context) error {
	if _, err := storeOf(w.stack).Get(ctx, w.id+"-0"); err != nil {
		return err
	}
	how := plain
	if w.id == "lab" {
		how = trespass
	}
	rows, err := storeOf(w.as(w.id, how)).List(ctx, results.Query{Limit: 3})
	switch {
	case how == trespass && !refused(err):
		return fmt.Errorf("a client without a right to list has %d results, %v", len(rows), err)
	case how == plain && (err != nil || len(rows) != 3):
		return fmt.Errorf("listed %d results, %v", len(rows), err)
	}
	return nil
}

// comesTooLate: nobody answers while the client waits, which looks into the table
// meanwhile. What comes later is nobody's.
func (w *worker) comesTooLate(ctx context.Context) error {
	w.halt()
	q, err := listOf(w.id+"-late", "3")
	if err != nil {
		return err
	}
	impatient, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, err = w.Do(impatient, q)
	w.start()
	if !errors.Is(err, requester.ErrUnanswered) {
		return fmt.Errorf("no service runs: %w", err)
	}
	if err := w.settle(ctx, w.StatsQueue(), 0); err != nil {
		return err
	}
	if err := w.ask(ctx, w.id+"-next", "4", message.StatusOK); err != nil {
		return err
	}
	if n := w.Counts(); n.Late != 1 {
		return fmt.Errorf("counts %+v, want one late", n)
	}
	return nil
}

// failsOnce: what could not be stored is tried again after a second, and not only when
// the queue shows it again.
func (w *worker) failsOnce(ctx context.Context) error {
	const attempts = 5 // of the SDK
	w.suffer(failing("PutItem", attempts, func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, 500, "InternalServerError", "no"), nil
	}))
	defer w.suffer(nil)
	began := time.Now()
	if err := w.ask(ctx, w.id+"-again", "5", message.StatusOK); err != nil {
		return err
	}
	if took := time.Since(began); took > 20*time.Second {
		return fmt.Errorf("it took %v", took)
	}
	return nil
}

// logsOnce: an object whose write is answered with an error, but done, is found again.
func (w *worker) logsOnce(ctx context.Context) error {
	for _, q := range []string{w.AuditQueue(), w.StatsQueue()} {
		if err := w.settle(ctx, q, 0); err != nil {
			return err
		}
	}
	w.suffer(failing("PutObject", 1, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		next()
		return local.Refuse(c, 500, "InternalError", "try again"), nil
	}))
	defer w.suffer(nil)
	if err := w.ask(ctx, w.id+"-logged", "6", message.StatusOK); err != nil {
		return err
	}
	if err := w.settle(ctx, w.AuditQueue(), 0); err != nil {
		return err
	}
	return w.logged(ctx, w.id+"-logged")
}

// logsAgain: an object that cannot be written is tried again, also by the service.
func (w *worker) logsAgain(ctx context.Context) error {
	const attempts = 5 // of the SDK
	w.suffer(failing("PutObject", attempts, func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, 500, "InternalError", "no"), nil
	}))
	defer w.suffer(nil)
	if err := w.ask(ctx, w.id+"-logged-again", "6", message.StatusOK); err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := w.settle(soon, w.AuditQueue(), 0); err != nil {
		return err
	}
	return w.logged(ctx, w.id+"-logged-again")
}

// logged: the log has one entry of a request.
func (w *worker) logged(ctx context.Context, id string) error {
	n := 0
	reader := audit.Reader{S3: w.S3, Bucket: w.AuditBucket()}
	for _, err := range reader.Find(ctx, id, time.Now().AddDate(0, 0, -1)) {
		if err != nil {
			return err
		}
		n++
	}
	if n != 1 {
		return fmt.Errorf("%d entries of %s in the log, want one", n, id)
	}
	return nil
}

// deadLetter: what never succeeds is answered so and kept.
func (w *worker) deadLetter(ctx context.Context) error {
	w.suffer(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation == "PutItem" && strings.Contains(string(c.Body), `"ok"`) {
			return local.Refuse(c, 500, "InternalServerError", "no"), nil
		}
		return next(), nil
	})
	defer w.suffer(nil)
	if err := w.ask(ctx, w.id+"-dead", "7", message.StatusDead); err != nil {
		return err
	}
	return w.emptied(ctx, w.StatsDLQ(), 1)
}

// emptied waits until a queue holds so many messages, and takes them out.
func (w *worker) emptied(ctx context.Context, name string, want int) error {
	if err := w.settle(ctx, name, want); err != nil {
		return err
	}
	_, err := w.SQS.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(w.QueueURL(name))})
	return err
}

// undelivered: what SNS may not deliver to one service it delivers to the other, and
// keeps.
func (w *worker) undelivered(ctx context.Context) error {
	url := aws.String(w.QueueURL(w.AuditQueue()))
	had, err := w.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"Policy"}})
	if err != nil {
		return err
	}
	if err := w.setPolicy(ctx, "audit", ""); err != nil {
		return err
	}
	if err := w.ask(ctx, w.id+"-undelivered", "8", message.StatusOK); err != nil {
		return err
	}
	if err := w.emptied(ctx, w.Undelivered(), 1); err != nil {
		return err
	}
	return w.setPolicy(ctx, "audit", had.Attributes["Policy"])
}

// leavesNothing: what is done is deleted, in the queues of the services and the inbox.
func (w *worker) leavesNothing(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	queues := []string{w.StatsQueue(), w.AuditQueue(), w.StatsDLQ(), w.AuditDLQ(), w.Undelivered()}
	own, err := w.inboxes(ctx)
	if err != nil {
		return err
	}
	own = slices.DeleteFunc(own, func(name string) bool { return !message.ValidInbox(shop, w.id, name) })
	if len(own) != 1 {
		return fmt.Errorf("inboxes %v, want one", own)
	}
	for _, name := range append(queues, own...) {
		if err := w.settle(soon, name, 0); err != nil {
			return err
		}
	}
	return nil
}

// inboxes are the names of the inboxes that there are.
func (e *enforced) inboxes(ctx context.Context) (names []string, err error) {
	all := inboxes.Stack{SQS: e.SQS, Name: shop, QueueURL: e.QueueURL}
	for name, err := range all.Names(ctx) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// leave removes the client's inbox.
func (w *worker) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return w.Close(ctx)
}

// sweeps: an inbox that a client has left behind is removed.
func (e *enforced) sweeps(ctx context.Context) error {
	old := message.NewInbox(shop, "gone")
	if _, err := e.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &old}); err != nil {
		return err
	}
	e.halt()
	time.Sleep(inboxes.MaxAge)
	e.start()
	time.Sleep(time.Minute)
	left, err := e.inboxes(ctx)
	for _, name := range left {
		if name == old {
			err = errors.Join(err, fmt.Errorf("inbox %s is still there", name))
		}
	}
	return err
}

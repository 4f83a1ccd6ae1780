package sim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/statline/statline/pkg/local"
)

// probe fails one attempt of one call in the calm, to see that it is tried again
// there and then: what went on before has used up nothing.
type probe struct {
	left       map[string]int    // successes of each stats process before its call is failed
	invocation map[string]string // the call that was failed, by process
	again      map[string]bool   // that it was tried again
}

// probed is the answer of the probe to a call, if it has one.
func (w *world) probed(c *call) (*local.Response, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.probe == nil || c.Operation != "PutItem" {
		return nil, false
	}
	name, id := c.process.name, c.Header.Get("Amz-Sdk-Invocation-Id")
	if _, met := w.probe.left[name]; !met {
		w.probe.left[name] = successes
	}
	switch {
	case w.probe.invocation[name] == id:
		w.probe.again[name] = true
	case w.probe.invocation[name] == "":
		if w.probe.left[name]--; w.probe.left[name] < 0 {
			w.probe.invocation[name] = id
			return local.Refuse(c.Call, http.StatusServiceUnavailable, "ServiceUnavailable", "of the laboratory"), true
		}
	}
	return nil, false
}

// successes refill the SDK's quota of retries, however far it was used up, for
// one: a retry costs 5 tokens, or 10 after a timeout, and a success gives 1 back.
const successes = 12

// probeRetry has each stats service meet a single failure after some successes.
func (w *world) probeRetry() {
	if w.outage.service != "dynamodb" && w.dice.roll("probe") >= 0.1 {
		return
	}
	w.mu.Lock()
	w.probe = &probe{left: map[string]int{}, invocation: map[string]string{}, again: map[string]bool{}}
	w.mu.Unlock()
	w.publishSome("probe", 5*(successes+1))
	w.drain()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range sorted(w.probe.invocation) {
		if !w.probe.again[name] {
			w.model.wrong = append(w.model.wrong, wrong{stuck, name + " gave up a call at its first failure, in the calm"})
		}
	}
	w.probe = nil
}

// probeStop tells all services to stop while messages come in: what they leave
// behind must be there for others at once.
func (w *world) probeStop() {
	var publishing sync.WaitGroup
	if w.dice.roll("slow stop") < 0.5 {
		w.model.add([]*ask{{id: "stop-r0", trouble: slow}}) // which is still worked when the notice is over
	}
	publishing.Go(func() { w.publishSome("stop", 8) })
	time.Sleep(w.dice.between("stop after", 0, 3*time.Second))
	w.mu.Lock()
	w.releases = map[string]bool{}
	w.mu.Unlock()
	w.halt()
	publishing.Wait()
	time.Sleep(2 * time.Second)
	for _, queue := range []string{statsQueue, auditQueue} {
		if n := w.depth(queue, hidden); n > 0 {
			w.breaks(stuck, "the services are gone, and %d messages of %s are hidden", n, queue)
		}
	}
	w.mu.Lock()
	w.releases = nil
	w.mu.Unlock()
	w.start()
	time.Sleep(time.Second)
	w.drain()
}

// firstRelease says whether a call is the first one, while the services stop, by
// which its process gives messages back. It fails in part, and is to be made again.
func (w *world) firstRelease(c *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.releases == nil || w.releases[c.process.name] || c.Operation != "ChangeMessageVisibilityBatch" {
		return false
	}
	w.releases[c.process.name] = true
	return true
}

// publishSome publishes requests of the laboratory's own, one by one.
func (w *world) publishSome(what string, n int) {
	for i := range n {
		id := fmt.Sprintf("%s-r%d", what, i)
		l := w.list(id)
		body := fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"%s","numbers":[%s]}`, id, strings.Join(l.numbers, ","))
		a := &ask{id: id, way: "publish", lists: []list{newList(l.numbers, nil, "")}, trouble: w.model.trouble(id), done: true}
		w.model.add([]*ask{a})
		w.model.expect([]byte(body))
		_, err := w.lab.SNS.Publish(background, &sns.PublishInput{TopicArn: aws.String(w.lab.TopicARN()), Message: aws.String(body)})
		if err != nil {
			w.breaks(lost, "publish %s in the calm: %v", id, err)
		}
		time.Sleep(w.dice.between("publish "+id, 0, 500*time.Millisecond))
	}
}

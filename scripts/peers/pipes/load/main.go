// Load asks a pipeline for the statistics of lists, each different, and checks the
// answers. It is a closed loop, in which each client has so many requests under
// way, or with -rate an open one, in which requests fall due as a Poisson process
// whether others are answered or not. It writes a line when the time that counts
// begins, one when that ends and, once it has read a line, what was measured. That a
// request is not answered, or wrongly, is a failure.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/scripts/peers/pipes/loopback"
	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// answerWithin is how long a request may take.
const answerWithin = time.Minute

// maxUnderWay bounds an open loop that the pipeline cannot follow: what falls due
// beyond is sent later, and its latency says so.
const maxUnderWay = 20_000

// asker is a client with an inbox of its own. It may be used by many at once.
type asker interface {
	// ask has a list answered, whose text is a JSON array.
	ask(ctx context.Context, list []byte) (answer, error)
	close(ctx context.Context) error
}

// answer is what is checked of an answer.
type answer struct {
	count int
	sum   string
}

type load struct {
	clients  []asker
	underWay int     // of each client
	rate     float64 // of all clients, a second; 0 is a closed loop
	size     int     // of a list
	*window
	next atomic.Int64 // the list that is asked next
}

func main() {
	url := flag.String("url", "", "the endpoint's `URL`")
	stack := flag.String("stack", "statline", "the `name` of the stack")
	kind := flag.String("client", "statline", "statline, which is pkg/requester, or plain")
	n := flag.Int("clients", 8, "`number` of clients")
	l := &load{}
	flag.IntVar(&l.underWay, "under-way", 32, "`requests` under way of each client in a closed loop")
	flag.Float64Var(&l.rate, "rate", 0, "requests a second of all clients together; 0 is a closed loop")
	flag.IntVar(&l.size, "size", 25, "`integers` in a list")
	warm := flag.Duration("warm", 2*time.Second, "how long nothing counts yet")
	counts := flag.Duration("time", 5*time.Second, "how long what is answered counts")
	flag.Parse()
	debug.SetGCPercent(400) // the clients are not what is compared
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	open, err := opener(ctx, *kind, *stack, *url)
	if err == nil {
		err = l.run(ctx, *n, open, *warm, *counts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// opener returns what makes clients of a kind.
func opener(ctx context.Context, kind, stack, url string) (func() (asker, error), error) {
	config := cloud.Config(url, "us-east-1", loopback.Whole(cloud.HTTPClient()))
	config.Credentials = credentials.NewStaticCredentialsProvider(tally.Client, "secret", "")
	s, err := cloud.Open(ctx, stack, config)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "statline":
		p := requester.NewPublisher(s.SNS, s.TopicARN(), 1) // of all clients, as they share a process
		return func() (asker, error) { return newRequester(s, p) }, nil
	case "plain":
		return func() (asker, error) { return newPlain(ctx, s) }, nil
	}
	return nil, fmt.Errorf("no client is named %q", kind)
}

func (l *load) run(ctx context.Context, n int, open func() (asker, error), warm, counts time.Duration) error {
	for range n {
		c, err := open()
		if err != nil {
			return err
		}
		l.clients = append(l.clients, c)
	}
	l.window = newWindow(warm, counts)
	said := make(chan error, 1)
	go func() { said <- l.announce() }()
	if l.rate > 0 {
		l.pace(ctx)
	} else {
		l.saturate(ctx)
	}
	if err := <-said; err != nil {
		return err
	}
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil { // until what was used is read
		return err
	}
	for _, c := range l.clients {
		if err := c.close(ctx); err != nil {
			return err
		}
	}
	if err := l.failed(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(l.figures())
}

func (l *load) saturate(ctx context.Context) {
	var wg sync.WaitGroup
	for _, c := range l.clients {
		for range l.underWay {
			wg.Go(func() {
				for time.Now().Before(l.end) && l.failed() == nil {
					l.one(ctx, c, time.Now())
				}
			})
		}
	}
	wg.Wait()
}

func (l *load) pace(ctx context.Context) {
	gaps := rand.New(rand.NewPCG(1, 1))
	room := make(chan struct{}, maxUnderWay)
	var wg sync.WaitGroup
	last := time.Now()
	for i := 0; l.failed() == nil; i++ {
		due := last.Add(time.Duration(gaps.ExpFloat64() / l.rate * float64(time.Second)))
		last = due
		if !due.Before(l.end) {
			break
		}
		time.Sleep(time.Until(due))
		room <- struct{}{}
		wg.Go(func() {
			l.one(ctx, l.clients[i%len(l.clients)], due)
			<-room
		})
	}
	wg.Wait()
}

// one has one list answered, checks the answer and notes it. Its latency counts
// from when it was due.
func (l *load) one(ctx context.Context, c asker, due time.Time) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	list, sum := makeList(int(l.next.Add(1)), l.size)
	got, err := c.ask(ctx, list)
	if want := (answer{l.size, strconv.Itoa(sum)}); err == nil && got != want {
		err = fmt.Errorf("the answer to %s is %v, not %v", list, got, want)
	}
	l.note(due, err)
}

// makeList is the i-th list, of integers of at most six digits, and its sum. It
// begins with i, so that no two are the same.
func makeList(i, size int) (list []byte, sum int) {
	random := rand.New(rand.NewPCG(uint64(i), uint64(size)))
	separator := byte('[')
	for v := i; size > 0; size-- {
		list = strconv.AppendInt(append(list, separator), int64(v), 10)
		sum += v
		v, separator = random.IntN(1_000_000), ','
	}
	return append(list, ']'), sum
}

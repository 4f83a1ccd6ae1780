package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/scripts/peers/pipes/loopback"
	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// callers is how many calls are under way at once.
const callers = 4

// bench makes calls against a server of its own, which is another process, so that
// the CPU time of this one is that of the calls.
type bench struct {
	url      string
	clients  map[string]any // by service
	s3       *s3.Client
	server   *exec.Cmd
	lifeline io.Closer
}

func startBench() (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{server: exec.Command(self, "-serve")}
	b.server.Stderr = os.Stderr
	if b.lifeline, err = b.server.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.server.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	b.url = strings.TrimSpace(line)
	c := aws.Config{ // the SDK as it comes
		Region: "us-east-1", BaseEndpoint: aws.String(b.url), HTTPClient: loopback.Whole(awshttp.NewBuildableClient()),
		Credentials: credentials.NewStaticCredentialsProvider("floor", "secret", ""),
	}
	b.s3 = s3.NewFromConfig(c)
	b.clients = map[string]any{"sqs": sqs.NewFromConfig(c), "sns": sns.NewFromConfig(c), "dynamodb": dynamodb.NewFromConfig(c)}
	return b, nil
}

func (b *bench) stop() {
	b.lifeline.Close()
	b.server.Wait() // it ends with its input
}

// measure is the CPU time in microseconds that a call takes, the mean of samples
// of one operation, each made calls times.
func (b *bench) measure(samples []tally.Sample, calls int) (micros float64, err error) {
	for i, s := range samples {
		call, err := b.prepare(s)
		if err != nil {
			return 0, err
		}
		if err := b.answer(s.Answer); err != nil {
			return 0, err
		}
		if i == 0 { // connections are made and heaps have grown
			if err := repeat(call, calls); err != nil {
				return 0, err
			}
		}
		before, err := cpu()
		if err != nil {
			return 0, err
		}
		if err := repeat(call, calls); err != nil {
			return 0, err
		}
		after, err := cpu()
		if err != nil {
			return 0, err
		}
		micros += (after - before) / float64(calls)
	}
	return micros / float64(len(samples)), nil
}

// answer tells the server what to answer.
func (b *bench) answer(a tally.Answer) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	resp, err := http.Post(b.url+answerPath, "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server does not take an answer: %s", resp.Status)
	}
	return nil
}

// repeat makes a call n times, some of them at once.
func repeat(call func(context.Context) error, n int) error {
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for range n / callers {
				if err := call(context.Background()); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cpu is the CPU time in microseconds that this process took so far.
func cpu() (micros float64, err error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec), nil
}

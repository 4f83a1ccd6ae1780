package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/telemetry"
)

// TestInvoked: each line of an invocation bears its AWS request ID, also where it is
// written without the invocation's context; no other line does.
func TestInvoked(t *testing.T) {
	var out bytes.Buffer
	e := Environment{Metrics: &telemetry.Metrics{Stack: "lab", Service: "stats", Out: &out}, invocations: &invocations{}}
	log := slog.New(invoked{slog.NewJSONHandler(&out, nil), e.invocations}).With("a", 1)
	in := func(id string) context.Context {
		return lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: id})
	}
	ids := func() string {
		var ids []string
		for line := range strings.Lines(out.String()) {
			var l map[string]any
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			id, _ := l[telemetry.RequestIDKey].(string)
			ids = append(ids, id)
		}
		out.Reset()
		return strings.Join(ids, " ")
	}
	log.Info("before")
	answer, err := e.observed(func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		log.Info("within")
		log.WithGroup("g").InfoContext(ctx, "within")
		e.Metrics.Add(telemetry.Messages, 1)
		return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{{ItemIdentifier: "m"}}}, nil
	})(in("i1"), events.SQSEvent{})
	if err != nil || len(answer.BatchItemFailures) != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
	if !strings.Contains(out.String(), `"g":{"aws_request_id"`) { // slog's own way with groups
		t.Errorf("%s", &out)
	}
	out.Reset()
	log.Info("after")
	if got := ids(); got != "" {
		t.Errorf("after: %q", got)
	}
	function := e.observed(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
		log.Info("within")
		e.Metrics.Add(telemetry.Messages, 1)
		return events.SQSEventResponse{}, nil
	})
	for _, id := range []string{"i2", "i3"} {
		if _, err := function(in(id), events.SQSEvent{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(); got != "i2 i2 i3 i3" { // a line, and the metrics, of each
		t.Errorf("lines of %q", got)
	}
	// Two at a time: only a line with the context knows which.
	_, err = e.observed(func(ctx context.Context, _ events.SQSEvent) (events.SQSEventResponse, error) {
		_, end := e.invocations.begin(in("i5"))
		defer end()
		log.Info("within")
		log.InfoContext(ctx, "within")
		return events.SQSEventResponse{}, nil
	})(in("i4"), events.SQSEvent{})
	if got := ids(); got != " i4" || err != nil {
		t.Errorf("lines of %q, %v", got, err)
	}
	// Nothing counted, nothing written: an invocation without a context, as in a test.
	if _, err := e.observed(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
		return events.SQSEventResponse{}, nil
	})(t.Context(), events.SQSEvent{}); err != nil || out.Len() > 0 {
		t.Errorf("%s, %v", &out, err)
	}
	var _ queue.Function = function
}

// TestThrottled: every refused attempt counts, and nothing else does.
func TestThrottled(t *testing.T) {
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var m telemetry.Metrics
	client := sqs.NewFromConfig(throttled(Config(local.URL, "us-east-1", server.Client()), &m))
	codes := []string{"ThrottlingException", "ThrottlingException", ""}
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		code := codes[0]
		codes = codes[1:]
		if code == "" {
			return next(), nil
		}
		return local.Refuse(c, 400, code, "Rate exceeded"), nil
	})
	list := func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = client.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("x")}, func(o *sqs.Options) {
			o.Retryer = aws.NopRetryer{}
		})
	}
	for range 3 {
		list()
	}
	if n := m.Counted(telemetry.Throttles); n != 2 || err != nil {
		t.Errorf("%d throttled attempts, %v", n, err)
	}
	codes = []string{"AccessDenied"}
	list()
	if n := m.Counted(telemetry.Throttles); n != 2 || err == nil {
		t.Errorf("%d throttled attempts with one that is denied, %v", n, err)
	}
}

// TestBuildLine: the line with which a service starts says what it was built from.
func TestBuildLine(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("service started", "build", Build{Version: "v1.2.3", Commit: "0123abc", CommittedAt: "2026-11-23T04:15:02Z", Modified: true, Go: "go1.26", Platform: "linux/arm64"})
	log.Info("service started", "build", ThisBuild())
	first, second, _ := strings.Cut(out.String(), "\n")
	if want := `"build":{"version":"v1.2.3","commit":"0123abc","committed_at":"2026-11-23T04:15:02Z","modified":true,"go":"go1.26","platform":"linux/arm64"}}`; !strings.HasSuffix(first, want) {
		t.Errorf("%s", first)
	}
	if !strings.Contains(second, `"go":"`+ThisBuild().Go+`"`) {
		t.Errorf("%s", second)
	}
}

package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/telemetry"
)

// runtimeAPI names the variable with the address of Lambda's runtime API, which only
// the process of a Lambda function has ("Using the Lambda runtime API for custom
// runtimes", AWS Lambda Developer Guide).
const runtimeAPI = "AWS_LAMBDA_RUNTIME_API"

// Consume has w work its queue until ctx ends. As a Lambda function it works the
// events that it is invoked with, and does not return; the process ends where the
// runtime API cannot be spoken to.
func (e Environment) Consume(ctx context.Context, w *queue.Worker) error {
	if !e.Lambda {
		return w.Run(ctx)
	}
	function, err := w.Function(ctx)
	if err != nil {
		return err
	}
	lambda.Start(e.observed(function))
	return nil
}

// observed is a function whose lines bear the ID of their invocation, and whose metrics
// are written before it ends.
func (e Environment) observed(f queue.Function) queue.Function {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		id, end := e.invocations.begin(ctx)
		defer end()
		defer func() {
			if err := e.Metrics.Write(id); err != nil {
				unwritten(err)
			}
		}()
		return f(ctx, event)
	}
}

// functionMemory is how much memory Go may take in a Lambda function: three quarters of
// what the function has, which must hold the program itself as well. Elsewhere there is
// no such limit ("Defined runtime environment variables", AWS Lambda Developer Guide).
func functionMemory() int64 {
	mib, err := strconv.ParseInt(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), 10, 32)
	if err != nil || mib <= 0 {
		return math.MaxInt64
	}
	return mib << 20 / 4 * 3
}

// reportStart tells Lambda why the function could not start, so that an invocation
// that waits for it fails with the reason ("Initialization error", same page).
func reportStart(api string, cause error) {
	body, err := json.Marshal(map[string]any{"errorType": "Statline.Start", "errorMessage": telemetry.Text(cause), "stackTrace": []string{}})
	if err != nil {
		slog.Error("report to Lambda", telemetry.Err(err))
		return
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		slog.Error("report to Lambda", telemetry.Err(err))
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Lambda-Runtime-Function-Error-Type", "Statline.Start")
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{}} // never by a proxy
	response, err := client.Do(r)
	if err != nil {
		slog.Error("report to Lambda", telemetry.Err(err))
		return
	}
	response.Body.Close()
}

package requester

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/statline/statline/pkg/local"
)

// batchAnswer is an answer to PublishBatch: the IDs of the entries that were taken,
// and further elements.
func batchAnswer(taken []string, failed string) *local.Response {
	var b strings.Builder
	b.WriteString(`<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>`)
	for _, id := range taken {
		fmt.Fprintf(&b, "<member><Id>%s</Id><MessageId>m</MessageId></member>", id)
	}
	fmt.Fprintf(&b, "</Successful><Failed>%s</Failed></PublishBatchResult></PublishBatchResponse>", failed)
	return &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(b.String())}
}

// failure is an entry that was not taken.
func failure(id, code string, ours bool) string {
	return fmt.Sprintf("<member><Id>%s</Id><Code>%s</Code><Message>no</Message><SenderFault>%v</SenderFault></member>", id, code, ours)
}

// TestPublishAnswers: what SNS says of an entry, or does not say, decides whether it
// is published again.
func TestPublishAnswers(t *testing.T) {
	tests := []struct {
		name   string
		taken  []string
		failed string
		calls  int
		err    string
	}{
		{"taken", []string{"0"}, "", 1, ""},
		{"not mentioned", nil, "", 2, ""},
		{"others taken", []string{"1", "-1", "x", ""}, "", 2, ""},
		{"others failed", []string{"0"}, failure("1", "Invalid", true) + failure("-1", "Invalid", true) + failure("x", "Invalid", true), 1, ""},
		{"failed at SNS", nil, failure("0", "InternalError", false), 2, ""},
		{"ours", nil, failure("0", "InvalidParameter", true), 1, "publish request r1: InvalidParameter: no"},
		{"ours, but passing", nil, failure("0", "Throttled", true), 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			with(t, func(t *testing.T, f *fixture, r *Requester) {
				f.on("PublishBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
					f.on("PublishBatch", nil)
					return batchAnswer(tt.taken, tt.failed), nil
				})
				err := r.Publish(t.Context(), request("r1"))
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if n := len(f.made("PublishBatch")); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
			})
		})
	}
}

// TestPublishTogether: requests at once go in few calls, each with its own outcome.
func TestPublishTogether(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("PublishBatch", slow(time.Second))
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				if err := r.Publish(t.Context(), request(fmt.Sprint("r", i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(f.published()); n != 40 {
			t.Errorf("%d requests published", n)
		}
		if n := len(f.made("PublishBatch")); n != 4 {
			t.Errorf("%d calls, want 4", n)
		}
		if took := time.Since(f.start); took >= 3*time.Second {
			t.Errorf("they took %v", took)
		}
	})
}

// TestPublishSizes: requests that are too large together go in calls of their own.
func TestPublishSizes(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("PublishBatch", slow(time.Second))
		q := request("")
		q.Numbers = list(strings.Repeat("1234567 ", 20_000))
		var wg sync.WaitGroup
		for i := range 8 {
			q := q
			q.ID = fmt.Sprint("r", i)
			wg.Go(func() {
				if err := r.Publish(t.Context(), q); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(f.published()); n != 8 {
			t.Errorf("%d requests published", n)
		}
		if n := len(f.made("PublishBatch")); n != 8 {
			t.Errorf("%d calls, want 8", n)
		}
	})
}

// TestPermanent: which failures are worth another try.
func TestPermanent(t *testing.T) {
	response := func(status int, err error) error {
		return fmt.Errorf("call: %w", &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err,
		}})
	}
	api := func(code string) error { return &smithy.GenericAPIError{Code: code} }
	tests := []struct {
		err  error
		want bool
	}{
		{errors.New("connection reset"), false},
		{response(400, errors.New("cut off")), false},
		{response(403, api("AccessDenied")), true},
		{response(499, api("AccessDenied")), true},
		{response(500, api("InternalFailure")), false},
		{response(503, api("ServiceUnavailable")), false},
		{response(400, api("Throttling")), false},
		{response(400, api("ExpiredToken")), false},
		{api("AccessDenied"), true},
		{fmt.Errorf("put: %w", &refusal{code: "InvalidParameter", ours: true}), true},
		{&refusal{code: "InvalidParameter"}, false},
		{&refusal{code: "Throttled", ours: true}, false},
	}
	for _, tt := range tests {
		if got := permanent(tt.err); got != tt.want {
			t.Errorf("%v: permanent %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestBackoff: pauses double from a fifth of a second up to five seconds.
func TestBackoff(t *testing.T) {
	for failures, want := range []time.Duration{1: 200, 2: 400, 3: 800, 4: 1600, 5: 3200, 6: 5000, 7: 5000, 100: 5000} {
		if got := backoff(failures); want != 0 && got != want*time.Millisecond {
			t.Errorf("after %d failures: %v, want %v", failures, got, want*time.Millisecond)
		}
	}
}

// TestPersist: what fails is tried until it succeeds, cannot succeed, or nobody
// wants it any more.
func TestPersist(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		broken := errors.New("connection reset")
		var at []time.Duration
		err := r.persist(t.Context(), "work", func() error {
			at = append(at, time.Since(f.start))
			if len(at) < 4 {
				return broken
			}
			return nil
		})
		apart := spread("work")
		want := []time.Duration{0, 200*time.Millisecond + apart, 600*time.Millisecond + 2*apart, 1400*time.Millisecond + 3*apart}
		if err != nil || !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v: %v", at, want, err)
		}
		refused, tries := &refusal{code: "InvalidParameter", ours: true}, 0
		err = r.persist(t.Context(), "work", func() error { tries++; return refused })
		if !errors.Is(err, refused) || err.Error() != "work: InvalidParameter: " || tries != 1 {
			t.Errorf("a refusal: %v after %d tries", err, tries)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		err = r.persist(ctx, "work", func() error { return broken })
		if !errors.Is(err, broken) || time.Since(began) != time.Second {
			t.Errorf("until the end: %v after %v", err, time.Since(began))
		}
	})
}

// TestSpread: what failed together is tried again within 50 ms, but not all at the
// same moment.
func TestSpread(t *testing.T) {
	const verbs = 1000
	quarters := map[time.Duration]int{}
	for i := range verbs {
		d := spread(fmt.Sprintf("publish request r%d", i))
		if d < 0 || d >= 50*time.Millisecond {
			t.Fatalf("request %d is tried %v later", i, d)
		}
		quarters[d/(12500*time.Microsecond)]++
	}
	for quarter := range time.Duration(4) {
		if n := quarters[quarter]; n < verbs/8 {
			t.Errorf("%d of %d are in quarter %d", n, verbs, quarter)
		}
	}
}

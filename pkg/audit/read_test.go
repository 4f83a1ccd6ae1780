package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// store puts an object of the log, as a writer would.
func store(t *testing.T, stack *cloud.Stack, seq int, entries ...Entry) string {
	t.Helper()
	key := Key{First: entries[0].ReceivedAt, Last: entries[len(entries)-1].ReceivedAt, Writer: "k3j4h5g6", Seq: seq}
	var paragraphs [][]byte
	for _, e := range entries {
		paragraphs = append(paragraphs, e.append(nil))
	}
	putObject(t, stack, key.String(), string(encode(paragraphs)))
	return key.String()
}

// at is an entry of a request that the queue took so long after the others.
func at(after time.Duration, id string) Entry {
	e := entryOf(`{"schema":"statline.request/v1","request_id":"` + id + `","numbers":[1]}`)
	e.ReceivedAt = received.Add(after)
	return e
}

func listAll(t *testing.T, r *Reader, since time.Time) (names []string, errs []error) {
	t.Helper()
	for o, err := range r.List(t.Context(), since) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if o.Key.String() != o.Name || o.Size == 0 || time.Since(o.Stored) > time.Hour {
			t.Errorf("listed %+v", o)
		}
		names = append(names, o.Name)
	}
	return names, errs
}

// TestList: objects come in the order of their first requests, from a time on, by
// when their last request was taken.
func TestList(t *testing.T) {
	stack, _ := open(t)
	const day = 24 * time.Hour
	names := []string{
		store(t, stack, 1, at(0, "a")),
		store(t, stack, 2, at(time.Hour, "b"), at(14*day, "c")), // the most that requests of an object can be apart
		store(t, stack, 3, at(2*time.Hour, "d")),
		store(t, stack, 4, at(40*day, "e"), at(41*day, "f")),
	}
	tests := []struct {
		since time.Time
		want  []string
	}{
		{time.Time{}, names},
		{received, names},
		{received.Add(time.Millisecond), names[1:]},
		{received.Add(2 * time.Hour), names[1:]},
		{received.Add(2*time.Hour + 1), []string{names[1], names[3]}},
		{received.Add(14 * day), []string{names[1], names[3]}},
		{received.Add(14*day + 1), names[3:]},
		{received.Add(41 * day), names[3:]},
		{received.Add(41*day + 1).In(time.FixedZone("east", 5*3600)), nil},
	}
	for _, tt := range tests {
		got, errs := listAll(t, newReader(stack), tt.since)
		if !slices.Equal(got, tt.want) || errs != nil {
			t.Errorf("since %v: %q, %v; want %q", tt.since, got, errs, tt.want)
		}
	}
}

// smallPages is a hook that cuts listings to three objects a page, and has those
// after the first so many pages refused.
func smallPages(pages int) local.Hook {
	n := 0
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != "ListObjectsV2" {
			return next(), nil
		}
		if n++; n > pages {
			return local.Refuse(c, 403, "AccessDenied", "no more"), nil
		}
		q := c.URL.Query()
		q.Set("max-keys", "3")
		c.URL.RawQuery = q.Encode()
		return next(), nil
	}
}

// TestListPages lists more objects than a page has.
func TestListPages(t *testing.T) {
	stack, server := open(t)
	var want []string
	for i := range 10 {
		want = append(want, store(t, stack, i+1, at(time.Duration(i)*time.Hour, "a")))
	}
	server.Hook(smallPages(4))
	if got, errs := listAll(t, newReader(stack), time.Time{}); !slices.Equal(got, want) || errs != nil {
		t.Errorf("objects %q, %v", got, errs)
	}
	server.Hook(smallPages(2))
	n := 0
	for range newReader(stack).List(t.Context(), time.Time{}) {
		if n++; n == 5 {
			break
		}
	}
	if n != 5 {
		t.Errorf("a listing goes on for %d objects after it was left", n)
	}
}

// TestListFails: a listing that cannot go on ends with an error, after what it has.
func TestListFails(t *testing.T) {
	stack, server := open(t)
	for i := range 10 {
		store(t, stack, i+1, at(time.Duration(i)*time.Second, "a"))
	}
	server.Hook(smallPages(2))
	names, errs := listAll(t, newReader(stack), time.Time{})
	if len(names) != 6 || len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "list bucket "+stack.AuditBucket()+": ") {
		t.Errorf("%d objects, %v", len(names), errs)
	}
	server.Hook(smallPages(1))
	if got, errs := found(t.Context(), newReader(stack), "a", time.Time{}); len(got) != 3 || len(errs) != 1 {
		t.Errorf("found %v, %v", got, errs)
	}
}

// TestListForeign: objects that are none of the log's are named and do not hide
// the others, whatever their keys.
func TestListForeign(t *testing.T) {
	stack, _ := open(t)
	names := []string{store(t, stack, 1, at(0, "a")), store(t, stack, 2, at(time.Hour, "b"))}
	foreign := []string{"logs/2026/11/23/04/x\x01\x1b[2J\n.txt", "logs/2026/11/23/05/100% + more&.txt", strings.Replace(names[0], "/04/", "/03/", 1), "logs/2026/11/23/04"}
	for _, key := range append(foreign, "elsewhere/"+names[0], "zoo/"+names[0]) {
		putObject(t, stack, key, "foreign")
	}
	got, errs := listAll(t, newReader(stack), time.Time{})
	if !slices.Equal(got, names) || len(errs) != len(foreign) {
		t.Errorf("objects %q, errors %v", got, errs)
	}
	for _, err := range errs {
		if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the error %q does not suit a terminal", err)
		}
	}
	var keys []string
	for o, err := range newReader(stack).List(t.Context(), time.Time{}) {
		if err != nil {
			keys = append(keys, o.Name)
		}
	}
	if slices.Sort(foreign); !slices.Equal(keys, foreign) {
		t.Errorf("foreign keys %q, want %q", keys, foreign)
	}
}

func TestRead(t *testing.T) {
	stack, server := open(t)
	r := newReader(stack)
	name := store(t, stack, 1, at(0, "a"))
	if text, err := r.Read(t.Context(), name); err != nil || string(text) != string(encode([][]byte{[]byte(at(0, "a").String())})) {
		t.Errorf("Read = %q, %v", text, err)
	}
	if _, err := r.Read(t.Context(), "logs/\x1b"); !errors.Is(err, ErrNotFound) || err.Error() != `"logs/\x1b": not in the log` {
		t.Errorf("Read: %v, want %v", err, ErrNotFound)
	}
	server.Hook(func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, 403, "AccessDenied", "not for you"), nil
	})
	if _, err := r.Read(t.Context(), name); err == nil || errors.Is(err, ErrNotFound) || !strings.HasPrefix(err.Error(), "read "+name+" of bucket ") {
		t.Errorf("Read: %v, want what S3 says", err)
	}
}

// cutting is a client whose answers break off.
type cutting struct{ *http.Client }

func (c cutting) Do(r *http.Request) (*http.Response, error) {
	response, err := c.Client.Do(r)
	if err == nil {
		response.Body = io.NopCloser(io.MultiReader(io.LimitReader(response.Body, 30), iotest.ErrReader(errBroken)))
	}
	return response, err
}

// TestReadBreaksOff: half an object is an error, not a text.
func TestReadBreaksOff(t *testing.T) {
	stack, server := open(t)
	name := store(t, stack, 1, at(0, "a"))
	r := &Reader{S3: s3.NewFromConfig(cloud.Config(local.URL, "us-east-1", cutting{server.Client()})), Bucket: stack.AuditBucket()}
	if text, err := r.Read(t.Context(), name); !errors.Is(err, errBroken) || text != nil || !strings.HasPrefix(err.Error(), "read "+name+" of bucket ") {
		t.Errorf("Read = %q, %v", text, err)
	}
}

// TestListedKey: a key that is not encoded as was asked for is an error.
func TestListedKey(t *testing.T) {
	if object, err := listed(types.Object{Key: aws.String("logs/%zz\x1b")}); err == nil || !strings.HasPrefix(err.Error(), `listed key "logs/%zz\x1b": `) {
		t.Errorf("listed %+v, %v", object, err)
	}
}

func found(ctx context.Context, r *Reader, id string, since time.Time) (got []string, errs []error) {
	for f, err := range r.Find(ctx, id, since) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got = append(got, fmt.Sprintf("%s %s", f.Key[len(f.Key)-5:len(f.Key)-4], f.ReceivedAt.Sub(received)))
	}
	return got, errs
}

// TestFind finds every entry of a request, past what is broken, foreign or gone.
func TestFind(t *testing.T) {
	stack, server := open(t)
	const hour = time.Hour
	store(t, stack, 1, at(0, "a"), at(time.Millisecond, "b"), at(2*time.Millisecond, "a"))
	cut := store(t, stack, 2, at(hour, "a"), at(hour+time.Second, "b"))
	store(t, stack, 3, at(2*hour, "b"))
	store(t, stack, 4, at(3*hour, "a"))
	gone := store(t, stack, 5, at(4*hour, "a"))
	store(t, stack, 6, at(5*hour, "aa"), at(6*hour, "a"))
	text, err := newReader(stack).Read(t.Context(), cut)
	if err != nil {
		t.Fatal(err)
	}
	putObject(t, stack, cut, string(text[:len(text)-len("\nend 2\n")]))
	putObject(t, stack, "logs/2026/11/23/04/foreign", "")
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation == "GetObject" && strings.HasSuffix(c.URL.Path, gone) {
			return local.Refuse(c, 404, "NoSuchKey", "deleted meanwhile"), nil
		}
		return next(), nil
	})

	got, errs := found(t.Context(), newReader(stack), "a", time.Time{})
	if want := "[1 0s 1 2ms 2 1h0m0s 4 3h0m0s 6 6h0m0s]"; fmt.Sprint(got) != want {
		t.Errorf("found %v, want %v", got, want)
	}
	wants := []string{"is no key of the log", cut + ": line ", gone}
	if len(errs) != len(wants) {
		t.Fatalf("errors %v", errs)
	}
	for i, want := range wants {
		if !strings.Contains(errs[i].Error(), want) {
			t.Errorf("error %d is %v, want one with %q", i, errs[i], want)
		}
	}
	if !errors.Is(errs[2], ErrNotFound) {
		t.Errorf("the error of an object that is gone is %v", errs[2])
	}
	var keys []string
	for f, err := range newReader(stack).Find(t.Context(), "a", time.Time{}) {
		if err != nil {
			keys = append(keys, f.Key)
		}
	}
	if want := []string{"", cut, gone}; !slices.Equal(keys, want) {
		t.Errorf("the errors are of objects %q, want %q", keys, want)
	}
	if got, errs := found(t.Context(), newReader(stack), "a", received.Add(5*hour)); fmt.Sprint(got) != "[6 6h0m0s]" || len(errs) != 1 {
		t.Errorf("since the last: found %v, %v", got, errs)
	}
	if got, _ := found(t.Context(), newReader(stack), "nobody", time.Time{}); got != nil {
		t.Errorf("found %v of nobody", got)
	}
	for stop := range len(got) + len(errs) { // as a caller may, at an entry or at an error
		n := 0
		for range newReader(stack).Find(t.Context(), "a", time.Time{}) {
			if n == stop {
				break
			}
			n++
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, errs := found(ctx, newReader(stack), "a", time.Time{}); got != nil || len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
		t.Errorf("cancelled: found %v, %v", got, errs)
	}
}

package audit

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

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/statline/statline/pkg/local"
)

// TestAppendShared: what many append within a second is one object, for which all
// of them wait.
func TestAppendShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		puts := 0
		server.Hook(onPut(func(n int, c *local.Call, next func() *local.Response) (*local.Response, error) {
			puts = n
			if c.Header.Get("If-None-Match") != "*" {
				t.Error("an object is put without If-None-Match: *")
			}
			return next(), nil
		}))
		l := newLog(stack)
		start := time.Now()
		var wg sync.WaitGroup
		for i, e := range entries(200) {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 4 * time.Millisecond)
				if err := l.Append(t.Context(), []Entry{e}); err != nil {
					t.Errorf("Append %d: %v", i, err)
				}
				if took := time.Since(start).Round(time.Microsecond); took != time.Second {
					t.Errorf("Append %d ends after %v, want the second that the first waits", i, took)
				}
			})
		}
		wg.Wait()
		all := objects(t, stack)
		if len(all) != 1 || len(all[0].entries) != 200 || puts != 1 {
			t.Errorf("%d objects in %d writes: %v", len(all), puts, idsOf(all))
		}
	})
}

// TestDefaults: what a log does that is not told.
func TestDefaults(t *testing.T) {
	if c := NewLog(Config{}).config; c.Age != time.Second || c.MaxBytes != 1<<20 {
		t.Errorf("defaults %+v", c)
	}
	if c := NewLog(Config{Age: time.Minute, MaxBytes: 7}).config; c.Age != time.Minute || c.MaxBytes != 7 {
		t.Errorf("settings %+v", c)
	}
}

// TestAge: an entry waits for company no longer than the age, and what comes later
// goes into the next object.
func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket(), Age: 3 * time.Second})
		start := time.Now()
		var wg sync.WaitGroup
		for i, at := range []time.Duration{0, 2900 * time.Millisecond, 3100 * time.Millisecond} {
			wg.Go(func() {
				time.Sleep(at)
				if err := l.Append(t.Context(), entries(i + 1)[i:]); err != nil {
					t.Error(err)
				}
				if took, want := time.Since(start).Round(time.Microsecond), []time.Duration{3 * time.Second, 3 * time.Second, 6100 * time.Millisecond}[i]; took != want {
					t.Errorf("Append %d ends after %v, want %v", i, took, want)
				}
			})
		}
		wg.Wait()
		if got := fmt.Sprint(idsOf(objects(t, stack))); got != "[[r0 r1] [r2]]" {
			t.Errorf("objects %v", got)
		}
	})
}

// TestHurry: a log that hurries lets nobody wait, neither those who do nor those
// who come.
func TestHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := newLog(stack)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				if err := l.Append(t.Context(), entries(i + 1)[i:]); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		l.Hurry()
		wg.Wait()
		if err := l.Append(t.Context(), entries(3)[2:]); err != nil {
			t.Error(err)
		}
		l.Close()
		if took := time.Since(start).Round(time.Microsecond); took != 0 {
			t.Errorf("took %v", took)
		}
		all := objects(t, stack)
		if len(all) != 2 || len(all[0].entries) != 2 || len(all[1].entries) != 1 {
			t.Errorf("objects %v", idsOf(all))
		}
	})
}

// TestClose waits for the object that is on its way.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		server.Hook(onPut(func(_ int, _ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(time.Minute)
			return next(), nil
		}))
		l := newLog(stack)
		start := time.Now()
		go func() {
			if err := l.Append(t.Context(), entries(1)); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		l.Close()
		if took := time.Since(start); took != time.Minute {
			t.Errorf("closed after %v", took)
		}
		if got := fmt.Sprint(idsOf(objects(t, stack))); got != "[[r0]]" {
			t.Errorf("objects %v", got)
		}
	})
}

// TestMaxBytes: an object that is full does not wait, and the entries of one call
// share an object whatever their size.
func TestMaxBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		one := len(entries(1)[0].String()) + 1
		l := NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket(), MaxBytes: 3*one + one/2})
		var wg sync.WaitGroup
		for i, e := range entries(9) {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if err := l.Append(t.Context(), []Entry{e}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all := objects(t, stack)
		if len(all) != 3 || slices.ContainsFunc(all, func(o object) bool { return len(o.entries) != 3 }) {
			t.Errorf("objects %v, want three with three entries each", idsOf(all))
		}
		if err := l.Append(t.Context(), entries(50)); err != nil {
			t.Fatal(err)
		}
		all = objects(t, stack)
		if len(all) != 4 || !slices.ContainsFunc(all, func(o object) bool { return len(o.entries) == 50 }) {
			t.Errorf("objects %v, want another with 50 entries", idsOf(all))
		}
	})
}

// TestFull: an object is full when another entry, with the empty line before it,
// would make it larger than allowed.
func TestFull(t *testing.T) {
	one := len(entries(1)[0].String()) + 1
	for bytes, want := range map[int]string{3 * one: "[3 3 3]", 3*one - 1: "[1 2 2 2 2]"} {
		synctest.Test(t, func(t *testing.T) {
			stack, _ := open(t)
			l := NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket(), MaxBytes: bytes})
			var wg sync.WaitGroup
			for range 9 {
				wg.Go(func() {
					if err := l.Append(t.Context(), entries(1)); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			var sizes []int
			for _, o := range objects(t, stack) {
				sizes = append(sizes, len(o.entries))
			}
			if slices.Sort(sizes); fmt.Sprint(sizes) != want {
				t.Errorf("of %d bytes: objects of %v entries, want %s", bytes, sizes, want)
			}
		})
	}
}

// TestInFlight: four objects are on their way at once.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		now, most := 0, 0
		var mu sync.Mutex
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			defer mu.Unlock()
			now--
			return next(), nil
		})
		l := newLog(stack)
		l.Hurry()
		var wg sync.WaitGroup
		for i, e := range entries(9) {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if err := l.Append(t.Context(), []Entry{e}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most != 4 {
			t.Errorf("%d objects at once, want 4", most)
		}
	})
}

func TestAppendNothing(t *testing.T) {
	stack, _ := open(t)
	if err := newLog(stack).Append(t.Context(), nil); err != nil || len(objects(t, stack)) != 0 {
		t.Errorf("Append: %v, objects %v", err, objects(t, stack))
	}
}

// TestGivenUp: who gives up waiting is let go at once; the others' object is
// stored, with that entry in it or not.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		server.Hook(onPut(func(_ int, _ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(time.Minute)
			return next(), nil
		}))
		l := newLog(stack)
		start := time.Now()
		cause := errors.New("the message is lost")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := l.Append(ctx, entries(1)); err != cause || time.Since(start) != 10*time.Second {
				t.Errorf("given up: %v after %v, want %v", err, time.Since(start), cause)
			}
		})
		wg.Go(func() {
			if err := l.Append(t.Context(), entries(2)[1:]); err != nil || time.Since(start).Round(time.Microsecond) != 61*time.Second {
				t.Errorf("the other: %v after %v", err, time.Since(start))
			}
		})
		time.Sleep(10 * time.Second)
		cancel(cause)
		wg.Wait()
		all := objects(t, stack)
		if len(all) != 1 || !slices.Contains(idsOf(all)[0], "r1") {
			t.Errorf("objects %v", idsOf(all))
		}
	})
}

// TestNobodyWaits: when all have given up, the write is not tried for ever.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		calls := 0
		server.Hook(onPut(func(n int, _ *local.Call, _ func() *local.Response) (*local.Response, error) {
			calls = n
			time.Sleep(time.Second)
			return nil, errBroken
		}))
		l := newLog(stack)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if err := l.Append(ctx, entries(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Append: %v", err)
		}
		l.Close()
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
}

// TestKeyOfObject: the times in the key are those of the first request and the last,
// however they come, and the hour is that of the first, in UTC.
func TestKeyOfObject(t *testing.T) {
	midnight := time.Date(2027, 1, 1, 5, 0, 0, 0, time.FixedZone("east", 5*3600))
	offsets := []time.Duration{-time.Hour - time.Second, -time.Second, -time.Millisecond, 0}
	for i := range offsets {
		for j := range offsets {
			for k := range offsets {
				if i == j || j == k || k == i {
					continue
				}
				of := entries(4)
				for place, which := range []int{i, j, k, 6 - i - j - k} {
					of[place].ReceivedAt = midnight.Add(offsets[which])
				}
				testKeyOf(t, of)
			}
		}
	}
}

func testKeyOf(t *testing.T, of []Entry) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := newLog(stack)
		var wg sync.WaitGroup
		for _, half := range [][]Entry{of[:2], of[2:]} {
			wg.Go(func() {
				if err := l.Append(t.Context(), half); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all := objects(t, stack)
		if len(all) != 1 || !strings.HasPrefix(all[0].Key.String(), "logs/2026/12/31/22/1798757999000-1798761600000-") {
			t.Errorf("objects %v", all)
		}
	})
}

// TestWriters: every log writes under a name of its own, and no number twice, also
// past the last that a key has room for.
func TestWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		a, b := newLog(stack), newLog(stack)
		if len(a.writer) != 20 || a.writer == b.writer {
			t.Errorf("writers %q and %q", a.writer, b.writer)
		}
		a.seq = maxSeq - 1
		var wg sync.WaitGroup
		for i := range 3 {
			for _, l := range []*Log{a, b} {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 10 * time.Second)
					if err := l.Append(t.Context(), entries(1)); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		seqs := map[string][]int{}
		for _, o := range objects(t, stack) {
			seqs[o.Writer] = append(seqs[o.Writer], o.Seq)
		}
		var got []string
		for _, of := range seqs {
			got = append(got, fmt.Sprint(of))
		}
		slices.Sort(got)
		if want := []string{"[1 2 3]", "[1 2]", "[99999999]"}; !slices.Equal(got, want) {
			t.Errorf("numbers of the writers: %q, want %q", got, want)
		}
	})
}

// TestContentType: a browser shows an object as the text that it is.
func TestContentType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		if err := newLog(stack).Append(t.Context(), entries(1)); err != nil {
			t.Fatal(err)
		}
		name := objects(t, stack)[0].Key.String()
		out, err := stack.S3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: new(stack.AuditBucket()), Key: &name})
		if err != nil || *out.ContentType != "text/plain; charset=utf-8" || out.ServerSideEncryption != types.ServerSideEncryptionAes256 {
			t.Errorf("HeadObject = %+v, %v", out, err)
		}
	})
}

package queue_test

import (
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
)

// TestRenewalRefusedForOne: who loses one message of several goes on with the
// others, and the lost one alone is not deleted.
func TestRenewalRefusedForOne(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c")
		var lost string // receipt handle
		f.server.Hook(f.failing(changing, func(e batchEntry) (failedEntry, bool) {
			if lost == "" && e.Id == "1" {
				lost = e.ReceiptHandle
			}
			return failedEntry{Code: "MessageNotInflight", SenderFault: true}, e.ReceiptHandle == lost
		}))
		s := &slow{f: f, takes: 25 * time.Second}
		w := f.run(f.worker(s.handle))
		time.Sleep(26500 * time.Millisecond)
		if ends, want := s.endings(), (ending{"abc", 25 * time.Second, ""}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		f.wantCounts(0, 1)
		time.Sleep(time.Minute)
		w.stop()
		if ends := s.endings(); len(ends) != 2 || ends[1].bodies != "b" {
			t.Errorf("handler ended as %v, want b a second time", ends)
		}
	})
}

// TestRenewalHangsForOne: a renewal that hangs does not hide that one of its
// messages runs out before another.
func TestRenewalHangsForOne(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		f.server.Hook(f.failing(changing, func(e batchEntry) (failedEntry, bool) {
			return failedEntry{Code: "InternalError"}, e.Id == "1"
		}))
		s := &slow{f: f, takes: 35 * time.Second}
		w := f.worker(s.handle)
		w.Batches = 1
		r := f.run(w)
		time.Sleep(15 * time.Second) // a is renewed until 40, b runs out at 30
		f.server.Hook(nil)
		f.client.hang(changing)
		time.Sleep(19 * time.Second)
		f.client.hang("")
		time.Sleep(time.Minute)
		r.stop()
		ends := s.endings()
		if len(ends) != 2 || ends[0] != (ending{"ab", 35 * time.Second, ""}) || ends[1] != (ending{"b", 35 * time.Second, ""}) {
			t.Errorf("handler ended as %v, want b a second time", ends)
		}
		f.wantCounts(0, 0)
	})
}

// TestRunsOutBetweenRenewals: what runs out while nothing is being renewed is lost
// as well.
func TestRunsOutBetweenRenewals(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		failing := f.failing(changing, func(e batchEntry) (failedEntry, bool) {
			return failedEntry{Code: "InternalError"}, e.Id == "1"
		})
		f.server.Hook(on(changing, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			resp, err := failing(c, next)
			time.Sleep(3 * time.Second)
			return resp, err
		}))
		s := &slow{f: f, takes: 33 * time.Second} // renewals from 10 to 13 and 23 to 26; b runs out at 30
		w := f.worker(s.handle)
		w.Batches = 1
		r := f.run(w)
		time.Sleep(34 * time.Second)
		f.server.Hook(nil)
		time.Sleep(time.Minute)
		r.stop()
		if ends := s.endings(); len(ends) != 2 || ends[1].bodies != "b" {
			t.Errorf("handler ended as %v, want b a second time", ends)
		}
		f.wantCounts(0, 0)
	})
}

// TestRenewalRecovers: a failure that ends in time costs nothing.
func TestRenewalRecovers(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		f.server.Hook(f.failing(changing, func(e batchEntry) (failedEntry, bool) {
			ill := f.elapsed() > time.Minute && f.elapsed() < 75*time.Second
			return failedEntry{Code: "InternalError"}, ill && e.Id == "0"
		}))
		s := &slow{f: f, takes: 5 * time.Minute}
		w := f.run(f.worker(s.handle))
		time.Sleep(6 * time.Minute)
		w.stop()
		if ends, want := s.endings(), (ending{"ab", 5 * time.Minute, ""}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		f.wantCounts(0, 0)
	})
}

// TestRenewalFailsForOne: the message whose renewal keeps failing is lost; the
// others, renewed by the same calls, are not.
func TestRenewalFailsForOne(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c")
		var lost string // receipt handle
		f.server.Hook(f.failing(changing, func(e batchEntry) (failedEntry, bool) {
			if lost == "" && e.Id == "1" {
				lost = e.ReceiptHandle
			}
			return failedEntry{Code: "InternalError"}, e.ReceiptHandle == lost
		}))
		s := &slow{f: f, takes: 5 * time.Minute}
		w := f.worker(s.handle)
		w.Batches = 1
		r := f.run(w)
		time.Sleep(5*time.Minute + time.Second)
		if ends, want := s.endings(), (ending{"abc", 5 * time.Minute, ""}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		time.Sleep(10 * time.Minute)
		r.stop()
		if ends := s.endings(); len(ends) != 2 || ends[1].bodies != "b" {
			t.Errorf("handler ended as %v, want b a second time", ends)
		}
		f.wantCounts(0, 0)
	})
}

package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"
)

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// records is all that a bucket holds on disk, KEY=VALUE.
func records(t testing.TB, db *DB, bucket string) (all []string) {
	t.Helper()
	err := db.Each(bucket, func(key string, value []byte) error {
		all = append(all, key+"="+string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func put(bucket, key, value string) func(*Tx) error {
	return func(tx *Tx) error { tx.Put(bucket, key, []byte(value)); return nil }
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMemory(t *testing.T) {
	db := open(t, "")
	must(t, db.Update(func(tx *Tx) error {
		if tx.Durable() {
			t.Error("memory is durable")
		}
		tx.Put("b", "k", []byte("v"))
		tx.Delete("b", "k")
		return nil
	}))
	if got := records(t, db, "b"); len(got) != 0 {
		t.Errorf("memory holds records: %v", got)
	}
	if value, err := db.Get("b", "k"); value != nil || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
	must(t, db.Close())
}

// What an Update has acknowledged is there after a reopen, in the order of keys,
// and Get sees it at once.
func TestReopenSeesWhatWasAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	must(t, db.Update(func(tx *Tx) error {
		if !tx.Durable() {
			t.Error("a file is not durable")
		}
		tx.Put("b", "2", []byte("two"))
		tx.Put("b", "1", []byte("one"))
		tx.Put("b", "gone", []byte("x"))
		tx.Put("b", "empty", nil)
		tx.Put("other", "1", []byte("other"))
		return nil
	}))
	must(t, db.Update(func(tx *Tx) error {
		tx.Put("b", "2", []byte("deux"))
		tx.Delete("b", "gone")
		tx.Delete("b", "never there")
		tx.Delete("no bucket", "k")
		return nil
	}))
	want := []string{"1=one", "2=deux", "empty="}
	for range 2 {
		if got := records(t, db, "b"); !slices.Equal(got, want) {
			t.Errorf("the bucket holds %v, want %v", got, want)
		}
		if value, err := db.Get("b", "2"); string(value) != "deux" || err != nil {
			t.Errorf("got %q, %v", value, err)
		}
		if value, err := db.Get("b", "gone"); value != nil || err != nil {
			t.Errorf("got the deleted %q, %v", value, err)
		}
		if value, err := db.Get("nothing", "k"); value != nil || err != nil {
			t.Errorf("got %q of no bucket, %v", value, err)
		}
		must(t, db.Close())
		db = open(t, path)
	}
}

func TestFailedUpdateKeepsNothing(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	refused := errors.New("refused")
	err := db.Update(func(tx *Tx) error {
		tx.Put("b", "k", []byte("v"))
		return refused
	})
	if err != refused {
		t.Errorf("the error is %v, want the function's own", err)
	}
	must(t, db.Update(put("b", "other", "v")))
	if got := records(t, db, "b"); !slices.Equal(got, []string{"other=v"}) {
		t.Errorf("the bucket holds %v", got)
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("the error is %v, want ErrLocked", err)
	}
	must(t, db.Close())
	must(t, open(t, path).Close())
}

func TestOpenFails(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "no", "directory")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("the error is %v", err)
	}
}

func TestNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, "")
		start := time.Now()
		must(t, db.Update(func(tx *Tx) error {
			time.Sleep(time.Hour)
			if !tx.Now().Equal(start) {
				t.Errorf("now is %v, want %v", tx.Now(), start)
			}
			return nil
		}))
	})
}

// Fifty that count one counter: every value is acknowledged once, one at a time,
// and what is on disk is never behind what was acknowledged.
func TestConcurrentUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	const updaters, each = 50, 20
	counter := 0
	var wg sync.WaitGroup
	for range updaters {
		wg.Go(func() {
			for range each {
				mine := 0
				err := db.Update(func(tx *Tx) error {
					counter++
					mine = counter
					tx.Put("b", "counter", fmt.Appendf(nil, "%06d", counter))
					tx.Put("b", fmt.Sprintf("value %06d", counter), nil)
					return nil
				})
				value, getErr := db.Get("b", "counter")
				if err := errors.Join(err, getErr); err != nil || string(value) < fmt.Sprintf("%06d", mine) {
					t.Errorf("acknowledged %d, on disk is %s, %v", mine, value, err)
				}
			}
		})
	}
	wg.Wait()
	must(t, db.Close())
	db = open(t, path)
	if got := records(t, db, "b"); len(got) != updaters*each+1 || got[0] != fmt.Sprintf("counter=%06d", updaters*each) {
		t.Errorf("%d records, the first %s", len(got), got[0])
	}
}

// A reader that has seen a change returns only once the change is on disk.
func TestReadWaitsForWhatItSaw(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	for i := range 50 {
		value := 0
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := db.Update(func(tx *Tx) error { value = 1; tx.Put("b", fmt.Sprint(i), []byte("v")); return nil }); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			seen := 0
			err := db.Update(func(*Tx) error { seen = value; return nil })
			got, getErr := db.Get("b", fmt.Sprint(i))
			if err := errors.Join(err, getErr); err != nil || seen == 1 && got == nil {
				t.Errorf("saw a change that is not on disk, %v", err)
			}
		})
		wg.Wait()
	}
}

// While one write is under way the others gather: they go to disk together, in
// the order of their Updates.
func TestGroupCommit(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	const callers = 40
	blocking := make(chan struct{})
	block(t, db, blocking)
	var wg sync.WaitGroup
	for i := range callers {
		wait, err := db.apply(put("b", "last", fmt.Sprint(i)))
		must(t, err)
		wg.Go(func() {
			if err := wait(); err != nil {
				t.Error(err)
			}
		})
	}
	before := txid(t, db)
	close(blocking)
	wg.Wait()
	if got := txid(t, db) - before; got > 3 {
		t.Errorf("%d callers took %d transactions", callers, got)
	}
	if value, err := db.Get("b", "last"); string(value) != fmt.Sprint(callers-1) || err != nil {
		t.Errorf("the last value is %s, %v", value, err)
	}
}

// block holds bbolt's writer lock until ready is closed.
func block(t *testing.T, db *DB, ready chan struct{}) {
	t.Helper()
	tx, err := db.disk.bolt.Begin(true)
	must(t, err)
	go func() {
		<-ready
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}()
}

func txid(t *testing.T, db *DB) (id int) {
	t.Helper()
	must(t, db.disk.bolt.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }))
	return id
}

// breakDisk closes the file underneath; mend opens it again.
func breakDisk(t *testing.T, db *DB) (mend func()) {
	t.Helper()
	path := db.disk.bolt.Path()
	must(t, db.disk.bolt.Close())
	return func() {
		t.Helper()
		healthy, err := openDisk(path)
		must(t, err)
		db.disk.bolt = healthy.bolt
	}
}

// What could not be written is a DiskError for everyone who saw it, and is
// written, in its order, with the next Update that can.
func TestDiskErrorIsRetried(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	must(t, db.Update(put("b", "k", "0")))
	mend := breakDisk(t, db)
	for _, fn := range []func(*Tx) error{put("b", "k", "1"), put("b", "k", "2"), func(*Tx) error { return nil }} {
		err := db.Update(fn)
		if failed, ok := errors.AsType[*DiskError](err); !ok || failed.Unwrap() == nil {
			t.Errorf("the error is %v, want a DiskError", err)
		}
	}
	mend()
	must(t, db.Update(put("b", "other", "x")))
	want := []string{"k=2", "other=x"}
	if got := records(t, db, "b"); !slices.Equal(got, want) {
		t.Errorf("the bucket holds %v, want %v", got, want)
	}
	must(t, db.Update(func(*Tx) error { return nil }))
	must(t, db.Close())
	if got := records(t, open(t, path), "b"); !slices.Equal(got, want) {
		t.Errorf("after a reopen the bucket holds %v, want %v", got, want)
	}
}

// Close writes what an earlier disk error has left.
func TestCloseWritesWhatIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := open(t, path)
	mend := breakDisk(t, db)
	if err := db.Update(put("b", "k", "v")); err == nil {
		t.Fatal("written to a closed file")
	}
	mend()
	must(t, db.Close())
	if got := records(t, open(t, path), "b"); !slices.Equal(got, []string{"k=v"}) {
		t.Errorf("the bucket holds %v", got)
	}
}

func TestClosed(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	must(t, db.Update(put("b", "k", "v")))
	must(t, db.Close())
	seen := false
	must(t, db.Update(func(*Tx) error { seen = true; return nil }))
	if !seen {
		t.Error("a closed database cannot be read")
	}
	if _, ok := errors.AsType[*DiskError](db.Update(put("b", "k", "w"))); !ok {
		t.Error("written to a closed database")
	}
	if err := db.Close(); err == nil {
		t.Error("the second Close does not say that a record was not written")
	}
}

// Where many wait for a write that fails, each is told.
func TestDiskErrorReachesEveryWaiter(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	mend := breakDisk(t, db)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, ok := errors.AsType[*DiskError](db.Update(put("b", fmt.Sprintf("%02d", i), "v"))); !ok {
				t.Error("no DiskError")
			}
		})
	}
	wg.Wait()
	mend()
	must(t, db.Update(func(*Tx) error { return nil }))
	if got := records(t, db, "b"); len(got) != 50 {
		t.Errorf("%d records were written later, want 50", len(got))
	}
}

// A panic in an Update leaves the database usable.
func TestPanic(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		db.Update(func(tx *Tx) error { tx.Put("b", "k", nil); panic("x") })
	}()
	must(t, db.Update(put("b", "after", "v")))
	if got := records(t, db, "b"); !slices.Equal(got, []string{"after=v"}) {
		t.Errorf("the bucket holds %v", got)
	}
}

// A record that bbolt would refuse would keep every later one from the disk, so
// it is refused at once.
func TestKeysThatCannotBeWritten(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	for name, key := range map[string]string{"empty": "", "long": string(make([]byte, bbolt.MaxKeySize+1))} {
		for kind, fn := range map[string]func(*Tx){"put": func(tx *Tx) { tx.Put("b", key, nil) }, "delete": func(tx *Tx) { tx.Delete("b", key) }} {
			t.Run(name+" "+kind, func(t *testing.T) {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				db.Update(func(tx *Tx) error { fn(tx); return nil })
			})
		}
	}
	must(t, db.Update(put("b", string(bytes.Repeat([]byte{'k'}, bbolt.MaxKeySize)), "v")))
}

// A bubble's goroutines may wait for each other and for the disk in it.
func TestInBubble(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				time.Sleep(time.Duration(i%5) * time.Hour)
				if err := db.Update(put("b", fmt.Sprintf("%02d", i), "v")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := records(t, db, "b"); len(got) != 50 {
			t.Errorf("%d records, want 50", len(got))
		}
		must(t, db.Close())
	})
}

// Sixteen at a time write a record of 300 bytes, each acknowledged on disk.
func BenchmarkUpdate(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "state.db"))
	value := make([]byte, 300)
	n := 0
	b.SetParallelism(8) // times GOMAXPROCS
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := db.Update(func(tx *Tx) error {
				n++
				tx.Put("b", fmt.Sprintf("%010d", n), value)
				return nil
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

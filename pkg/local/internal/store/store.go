// Package store keeps the endpoint's state: in memory while it runs and, where
// a directory is given, on disk before anything is acknowledged.
//
// The services hold their state in plain Go maps. They read and change it only
// inside [DB.Update], which runs one function at a time, and name in the [Tx]
// what must survive a restart. Update returns once that, and everything
// written before it, is on disk; what it saw can therefore never be lost by a
// later crash, even where it only read.
package store

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// ErrLocked says that another process holds the file.
var ErrLocked = errors.New("another process is using it")

// DB is the state of one endpoint.
type DB struct {
	mu   sync.Mutex
	disk *disk // nil in memory
}

// Open opens the state kept in the file at path, which is created where it does
// not exist; the empty path keeps the state in memory alone. The error is
// [ErrLocked] where another process holds the file.
func Open(path string) (*DB, error) {
	if path == "" {
		return &DB{}, nil
	}
	d, err := openDisk(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &DB{disk: d}, nil
}

// Close writes what is still unwritten and releases the file.
func (db *DB) Close() error {
	if db.disk == nil {
		return nil
	}
	return db.disk.close()
}

// Each calls fn with every record of a bucket in the order of its keys. It is
// meant for loading the state after [Open]; value is fn's to keep.
func (db *DB) Each(bucket string, fn func(key string, value []byte) error) error {
	if db.disk == nil {
		return nil
	}
	return db.disk.each(bucket, fn)
}

// Get reads one record as it is on disk, nil where it is not there or the state
// is in memory. It sees what every Update that has returned has written, and
// maybe more. The value is the caller's to keep.
func (db *DB) Get(bucket, key string) ([]byte, error) {
	if db.disk == nil {
		return nil, nil
	}
	return db.disk.get(bucket, key)
}

// Update runs fn while no other Update runs, and returns once everything that
// this and earlier Updates wrote is on disk. Where fn fails, nothing that it
// wrote is kept and its error is returned as it is: fn must not have changed
// anything in memory by then. A [DiskError] means that the change was made in
// memory and will be written with a later Update, or lost with the process.
func (db *DB) Update(fn func(tx *Tx) error) error {
	wait, err := db.apply(fn)
	if err != nil {
		return err
	}
	return wait()
}

func (db *DB) apply(fn func(tx *Tx) error) (wait func() error, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	tx := &Tx{now: time.Now(), durable: db.disk != nil}
	if err := fn(tx); err != nil {
		return nil, err
	}
	if db.disk == nil {
		return func() error { return nil }, nil
	}
	n := db.disk.enqueue(tx.ops)
	return func() error { return db.disk.sync(n) }, nil
}

// A DiskError is a failure to write the state to disk.
type DiskError struct{ Err error }

func (e *DiskError) Error() string { return "write state: " + e.Err.Error() }
func (e *DiskError) Unwrap() error { return e.Err }

// Tx collects what one Update wants on disk. All of it becomes durable, or
// none.
type Tx struct {
	now     time.Time
	durable bool
	ops     []op
}

// op is one write; a nil value deletes.
type op struct {
	bucket, key string
	value       []byte
}

// Now is the time of the Update, the same throughout it.
func (tx *Tx) Now() time.Time { return tx.now }

// Durable says whether writes go to disk at all, so that their encoding can be
// saved where they do not.
func (tx *Tx) Durable() bool { return tx.durable }

// Put writes a record. The value must not be changed afterwards. A key that the
// file cannot hold, which has 1 to 32,768 bytes, is a bug of the caller and
// panics: the file would refuse it, and with it every later write.
func (tx *Tx) Put(bucket, key string, value []byte) {
	checkKey(bucket, key)
	if !tx.durable {
		return
	}
	if value == nil {
		value = []byte{}
	}
	tx.ops = append(tx.ops, op{bucket, key, value})
}

// Delete removes a record, if it is there. Its key is as that of [Tx.Put].
func (tx *Tx) Delete(bucket, key string) {
	checkKey(bucket, key)
	if tx.durable {
		tx.ops = append(tx.ops, op{bucket, key, nil})
	}
}

func checkKey(bucket, key string) {
	if bucket == "" || key == "" || len(key) > bbolt.MaxKeySize {
		panic(fmt.Sprintf("store: a key of %d bytes in bucket %q", len(key), bucket))
	}
}

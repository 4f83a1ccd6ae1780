package store

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// disk writes ops to a bbolt file by group commit: the first caller that needs
// something on disk writes all that is waiting, the others wait for it. No
// goroutine of its own is needed.
type disk struct {
	bolt *bbolt.DB

	mu       sync.Mutex
	pending  []op
	enqueued uint64        // transactions handed over
	written  uint64        // of those, on disk
	writing  chan struct{} // closed when the write under way ends; nil when none is
}

func openDisk(path string) (*disk, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:        time.Nanosecond, // one try for the file's lock
		NoFreelistSync: true,            // rebuilt on open; halves the pages of a small commit
		FreelistType:   bbolt.FreelistMapType,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return &disk{bolt: db}, nil
}

func (d *disk) each(bucket string, fn func(key string, value []byte) error) error {
	return d.bolt.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error { return fn(string(k), bytes.Clone(v)) })
	})
}

func (d *disk) get(bucket, key string) (value []byte, err error) {
	err = d.bolt.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket([]byte(bucket)); b != nil {
			value = bytes.Clone(b.Get([]byte(key)))
		}
		return nil
	})
	return value, err
}

// enqueue adds the ops of one transaction and returns its number. The caller
// holds the DB's lock, so numbers follow the order of the changes.
func (d *disk) enqueue(ops []op) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(ops) > 0 {
		d.pending = append(d.pending, ops...)
		d.enqueued++
	}
	return d.enqueued
}

// sync returns once transaction n is on disk.
func (d *disk) sync(n uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.written < n {
		if d.writing == nil {
			if err := d.flush(); err != nil {
				return &DiskError{err}
			}
			continue
		}
		writing := d.writing
		d.mu.Unlock()
		<-writing
		d.mu.Lock()
	}
	return nil
}

// flush writes what is pending. It is called with mu held and gives it up
// while it writes. What could not be written stays pending, in its order.
func (d *disk) flush() error {
	batch, upTo := d.pending, d.enqueued
	d.pending, d.writing = nil, make(chan struct{})
	d.mu.Unlock()
	err := d.write(batch)
	d.mu.Lock()
	close(d.writing)
	d.writing = nil
	if err != nil {
		d.pending = append(batch, d.pending...)
		return err
	}
	d.written = upTo
	return nil
}

func (d *disk) write(batch []op) error {
	return d.bolt.Update(func(tx *bbolt.Tx) error {
		for _, o := range batch {
			b, err := tx.CreateBucketIfNotExists([]byte(o.bucket))
			if err != nil {
				return err
			}
			if o.value == nil {
				err = b.Delete([]byte(o.key))
			} else {
				err = b.Put([]byte(o.key), o.value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *disk) close() error {
	d.mu.Lock()
	n := d.enqueued
	d.mu.Unlock()
	return errors.Join(d.sync(n), d.bolt.Close())
}

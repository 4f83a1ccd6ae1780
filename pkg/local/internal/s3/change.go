package s3

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
)

// Buckets of the store.
const (
	bucketRecords  = "s3/buckets"  // name → bucketRecord
	versionRecords = "s3/versions" // recordKey → version
	bodyRecords    = "s3/bodies"   // recordKey → the body of a version in the store
	removalRecords = "s3/removals" // recordKey → removal
)

// change is one Update: what it wants in the store, and the steps that the
// files need once that is on disk.
type change struct {
	*store.Tx
	service *Service
	steps   []step
	// candidates are keys whose current version may have to become a file.
	candidates []candidate
}

type candidate struct{ bucket, key string }

// look runs fn within an Update that changes nothing.
func (s *Service) look(fn func(tx *store.Tx) error) error { return s.db.Update(fn) }

// update runs fn within an Update and then does what it has planned for the
// files. Where fn fails it must not have changed anything.
func (s *Service) update(fn func(c *change) error) error {
	c := &change{service: s}
	var last uint64
	err := s.db.Update(func(tx *store.Tx) error {
		c.Tx = tx
		if err := fn(c); err != nil {
			return err
		}
		if s.files != nil {
			last = s.files.plan(tx, c.steps)
		}
		return nil
	})
	if err != nil || s.files == nil {
		return err
	}
	return errors.Join(s.settle(last, c.steps), s.promote(c.candidates))
}

// settle waits until the steps, the last of which has the number, are done. A
// body that could not be put in its place goes to the store.
func (s *Service) settle(last uint64, steps []step) error {
	if len(steps) == 0 {
		return nil
	}
	s.files.settle(last)
	var failed []error
	for i := range steps {
		err := s.files.failure(last - uint64(len(steps)-1-i))
		if err != nil && steps[i].kind == placeFile {
			err = s.unplace(steps[i], err)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// add makes v, with its body, the latest version of its key, as the bucket's
// versioning wants it ("How S3 Versioning works", S3 User Guide). Where the body
// was staged as a file, v.Temp names it.
func (c *change) add(b *bucket, v *version, body []byte) error {
	o := b.keys.get(v.Key)
	replaced := (*version)(nil)
	if b.Versioning != enabled && o != nil {
		replaced = o.find(nullID)
	}
	if o != nil && o.latest() != replaced {
		if err := c.shelve(b, o.latest()); err != nil {
			return err
		}
	}
	if o == nil {
		o = &object{key: v.Key}
		b.keys.add(o)
	}
	if replaced != nil {
		o.cut(replaced)
		c.forget(b, replaced)
	}
	v.ID = nullID
	if b.Versioning == enabled {
		v.ID = rand.Text()
	}
	c.service.seq++
	v.seq = c.service.seq
	v.Modified = c.now()
	o.versions = append(o.versions, v)
	c.lay(b, v, body)
	return nil
}

// lay gives the body of the latest version its place.
func (c *change) lay(b *bucket, v *version, body []byte) {
	if v.Temp != "" && b.tree.free(v.Key) {
		c.place(b, v)
		return
	}
	c.vacate(b, v.Key)
	v.Place, v.Temp = inStore, ""
	c.putBody(b, v, body)
	c.save(b, v)
}

// place makes the staged file of the latest version the file of its path.
func (c *change) place(b *bucket, v *version) {
	c.occupy(b, v)
	v.Place = inFile
	c.steps = append(c.steps, b.placing(v))
	c.save(b, v)
}

// occupy gives a version the file of its path, from the step on that comes next.
func (c *change) occupy(b *bucket, v *version) {
	h := b.tree.hold(v.Key)
	if c.service.files.done.Load() >= h.step && len(h.etags) > 1 {
		h.etags = h.etags[len(h.etags)-1:]
	}
	h.etags = append(slices.Clone(h.etags), v.MD5)
	h.step = c.service.files.lastPlanned() + uint64(len(c.steps)) + 1
}

// putBody puts a body in the store.
func (c *change) putBody(b *bucket, v *version, body []byte) {
	switch {
	case v.Marker:
	case c.Durable():
		c.Put(bodyRecords, recordKey(b.name, v.seq), body)
	default:
		v.body = body
	}
}

// shelve moves the body of a version that will no longer be the latest from its
// file to the store. A file that was changed or removed is not the version's any
// more: the version is lost.
func (c *change) shelve(b *bucket, v *version) error {
	if v.Place != inFile {
		return nil
	}
	body, err := c.service.files.read(b.path(v.Key), v)
	if err != nil && !errors.Is(err, errAltered) {
		return err
	}
	v.Place, v.Temp = inStore, ""
	if err != nil {
		v.Place = lost
	} else {
		c.putBody(b, v, body)
	}
	c.save(b, v)
	return nil
}

// drop removes a version for good.
func (c *change) drop(b *bucket, o *object, v *version) {
	latest := o.latest() == v
	o.cut(v)
	c.forget(b, v)
	if latest {
		c.vacate(b, o.key)
	}
	if len(o.versions) == 0 {
		b.keys.remove(o.key)
		return
	}
	if latest {
		c.candidates = append(c.candidates, candidate{b.name, o.key})
	}
}

// forget deletes the records of a version.
func (c *change) forget(b *bucket, v *version) {
	c.Delete(versionRecords, recordKey(b.name, v.seq))
	if v.Place == inStore && !v.Marker {
		c.Delete(bodyRecords, recordKey(b.name, v.seq))
	}
}

// removal is the intent to remove the file at Path. Its content is one of the
// ETags: a crash may have left an older one there than the latest.
type removal struct {
	Path  string
	ETags []string
}

// vacate removes the file of a key, if there is one.
func (c *change) vacate(b *bucket, key string) {
	held := b.tree.release(key)
	if held == nil {
		return
	}
	c.service.seq++
	intent := recordKey(b.name, c.service.seq)
	c.put(removalRecords, intent, removal{b.path(key), held.etags})
	c.steps = append(c.steps, step{kind: removeFile, path: b.path(key), intent: intent})
}

// now is the time of the change as S3 tells times: in UTC, in whole seconds.
func (c *change) now() time.Time { return c.Now().UTC().Truncate(time.Second) }

func (c *change) save(b *bucket, v *version) { c.put(versionRecords, recordKey(b.name, v.seq), v) }

func (c *change) put(records, key string, record any) {
	if !c.Durable() {
		return
	}
	value, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("s3: encode %s %s: %v", records, key, err)) // plain structs of strings and numbers
	}
	c.Put(records, key, value)
}

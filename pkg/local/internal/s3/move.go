package s3

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/statline/statline/pkg/local/internal/store"
)

// errMoved says that a version is no longer where it was found.
var errMoved = errors.New("the version was moved or deleted meanwhile")

// body is the body of a version as it was found, the caller's to change.
func (s *Service) body(bucket string, v *version) ([]byte, error) {
	switch {
	case v.Place == inFile && s.files != nil:
		return s.files.read(bucket+"/"+v.Key, v)
	case v.Place != inStore:
		return nil, errAltered
	case v.body != nil || v.Size == 0:
		return bytes.Clone(v.body), nil
	}
	body, err := s.db.Get(bodyRecords, recordKey(bucket, v.seq))
	if err != nil {
		return nil, fmt.Errorf("read object %s/%s: %w", bucket, v.Key, err)
	}
	if body == nil {
		return nil, errMoved
	}
	return body, nil
}

// found is a version as an Update found it.
type found struct {
	version
	bucket    string
	versioned bool // whether the bucket has or had versioning, so that IDs are told
}

// sees says whether both are the same version in the same place.
func (f *found) sees(other *found) bool {
	return f.seq == other.seq && f.Place == other.Place && f.Temp == other.Temp
}

// fetch finds a version and reads its body. Where the version has moved between
// the two, it finds again; each round means that another call has changed it.
func (s *Service) fetch(find func() (*found, error)) (*found, []byte, error) {
	var before *found
	for {
		now, err := find()
		if err != nil {
			return nil, nil, err
		}
		body, err := s.body(now.bucket, &now.version)
		if err == nil {
			return now, body, nil
		}
		if before != nil && now.sees(before) {
			return nil, nil, fmt.Errorf("read object %s/%s, version %s: %s: %w", now.bucket, now.Key, now.ID, s.filename(now), err)
		}
		before = now
	}
}

// filename is the file of a version, for people.
func (s *Service) filename(f *found) string {
	if s.files == nil {
		return "no directory"
	}
	return s.files.root.Name() + "/" + f.bucket + "/" + f.Key
}

// unplace puts a body that could not become a file in the store instead, such
// as where someone has made a directory of that name. The staged file is the
// body's only place until that is on disk.
func (s *Service) unplace(st step, cause error) error {
	err := s.update(func(c *change) error {
		b := s.buckets[st.bucket]
		if b == nil || b.current(st.key) == nil {
			return nil
		}
		v := b.current(st.key)
		if v.seq != st.seq || v.Place != inFile {
			return nil // replaced meanwhile
		}
		body, err := s.files.read(st.path, v)
		if err != nil {
			return fmt.Errorf("%w, after: %w", err, cause)
		}
		v.Temp = ""
		c.lay(b, v, body)
		return nil
	})
	if err != nil {
		return err
	}
	return s.files.discard(st.temp)
}

// promote makes the latest versions of keys files again where the versions
// after them were deleted. A crash before leaves them in the store, and [Open]
// promotes them.
func (s *Service) promote(keys []candidate) error {
	for _, k := range keys {
		if err := s.promoteOne(k); err != nil {
			return fmt.Errorf("make %s/%s a file again: %w", k.bucket, k.key, err)
		}
	}
	return nil
}

func (s *Service) promoteOne(k candidate) error {
	var v *version
	err := s.look(func(*store.Tx) error {
		if now := s.promotable(k); now != nil {
			v = new(*now)
		}
		return nil
	})
	if err != nil || v == nil {
		return err
	}
	body, err := s.body(k.bucket, v)
	if errors.Is(err, errMoved) {
		return nil
	}
	if err != nil {
		return err
	}
	name, err := s.files.stage(body)
	if err != nil {
		return err
	}
	placed := false
	err = s.update(func(c *change) error {
		now := s.promotable(k)
		if placed = now != nil && now.seq == v.seq; placed {
			c.Delete(bodyRecords, recordKey(k.bucket, v.seq))
			now.body, now.Temp = nil, name
			c.place(s.buckets[k.bucket], now)
		}
		return nil
	})
	if err != nil || placed {
		return err
	}
	return s.files.discard(name)
}

// promotable is the current version of a key that is in the store and may be a
// file, or nil.
func (s *Service) promotable(k candidate) *version {
	b := s.buckets[k.bucket]
	if b == nil {
		return nil
	}
	if v := b.current(k.key); v != nil && v.Place == inStore && b.tree.free(k.key) {
		return v
	}
	return nil
}

package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
)

// load reads the records.
func (s *Service) load() error {
	if err := s.db.Each(bucketRecords, s.loadBucket); err != nil {
		return err
	}
	return s.db.Each(versionRecords, s.loadVersion)
}

func (s *Service) loadBucket(name string, value []byte) error {
	b := s.newBucket(name)
	if err := json.Unmarshal(value, &b.bucketRecord); err != nil {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	s.buckets[name] = b
	return nil
}

func (s *Service) loadVersion(record string, value []byte) error {
	name, seq, err := s.parseRecordKey(record)
	b := s.buckets[name]
	if err != nil || b == nil {
		return fmt.Errorf("version %s belongs to no bucket", record)
	}
	v := &version{seq: seq}
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("version %s: %w", record, err)
	}
	o := b.keys.get(v.Key)
	if o == nil {
		o = &object{key: v.Key}
		b.keys.add(o)
	}
	o.versions = append(o.versions, v)
	if v.Place == inFile {
		b.tree.hold(v.Key).etags = []string{v.MD5}
	}
	return nil
}

// parseRecordKey takes a recordKey apart and keeps later ones above it.
func (s *Service) parseRecordKey(record string) (bucket string, seq uint64, err error) {
	bucket, digits, _ := strings.Cut(record, "/")
	if seq, err = strconv.ParseUint(digits, 16, 64); err != nil {
		return "", 0, fmt.Errorf("record %q: %w", record, err)
	}
	s.seq = max(s.seq, seq)
	return bucket, seq, nil
}

// recover completes what a crash has cut off: removals first, because their
// paths may since belong to other keys, then renamings. Staged files that no
// record names are deleted.
func (s *Service) recover() error {
	if s.files == nil {
		return nil
	}
	if err := s.completeRemovals(); err != nil {
		return err
	}
	staged, err := fs.ReadDir(s.files.root.FS(), tempDir)
	if err != nil {
		return err
	}
	if err := s.completePlacings(staged); err != nil {
		return err
	}
	for _, entry := range staged {
		if entry.Type().IsRegular() {
			err = errors.Join(err, s.files.discard(entry.Name()))
		}
	}
	return errors.Join(err, s.promote(s.storedCandidates()))
}

func (s *Service) completeRemovals() error {
	var intents []string
	err := s.db.Each(removalRecords, func(record string, value []byte) error {
		var r removal
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("removal %s: %w", record, err)
		}
		if _, _, err := s.parseRecordKey(record); err != nil {
			return err
		}
		intents = append(intents, record)
		return s.completeRemoval(r)
	})
	if err != nil || len(intents) == 0 {
		return err
	}
	return s.db.Update(func(tx *store.Tx) error {
		for _, intent := range intents {
			tx.Delete(removalRecords, intent)
		}
		return nil
	})
}

// completeRemoval removes a file unless it belongs to an object again or is not
// the one that was to be removed.
func (s *Service) completeRemoval(r removal) error {
	name, key, _ := strings.Cut(r.Path, "/")
	if b := s.buckets[name]; b != nil && b.tree.files[b.tree.fold(key)] != nil {
		return nil
	}
	ours, err := s.files.isFile(r.Path)
	if err != nil {
		return err
	}
	if ours {
		body, err := s.files.root.ReadFile(r.Path)
		if err != nil {
			return err
		}
		if !slices.Contains(r.ETags, digest(body)) {
			return nil
		}
	}
	touched, err := s.files.remove(r.Path)
	for _, dir := range touched {
		err = errors.Join(err, s.files.syncTouched(dir))
	}
	return err
}

// completePlacings renames the staged files that records name.
func (s *Service) completePlacings(staged []fs.DirEntry) error {
	names := map[string]bool{}
	for _, entry := range staged {
		names[entry.Name()] = true
	}
	return s.update(func(c *change) error {
		for _, b := range s.buckets {
			for o := range b.keys.all() {
				if v := o.latest(); v.Place == inFile && names[v.Temp] {
					c.steps = append(c.steps, b.placing(v))
				}
			}
		}
		return nil
	})
}

// storedCandidates are the keys that a crash may have kept from being files, and
// those whose path was taken once.
func (s *Service) storedCandidates() []candidate {
	var all []candidate
	for _, b := range s.buckets {
		for o := range b.keys.all() {
			if s.promotable(candidate{b.name, o.key}) != nil {
				all = append(all, candidate{b.name, o.key})
			}
		}
	}
	return all
}

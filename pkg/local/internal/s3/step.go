package s3

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"syscall"
)

// step is one thing to do to the files after the Update that wants it is on
// disk. Every step may be done twice.
type step struct {
	kind   stepKind
	path   string // below the root
	temp   string // of placeFile: the staged file's name
	bucket string // of placeFile: whose body it is
	key    string
	seq    uint64
	intent string // of removeFile: its record
}

type stepKind int

const (
	placeFile stepKind = iota
	removeFile
	makeDir
	removeDir
)

// settle returns once the steps up to number n, whose Updates are on disk, are
// done, in their order. Whoever comes first does them for all and syncs each
// directory once.
func (f *files) settle(n uint64) {
	f.mu.Lock()
	f.durable = max(f.durable, n)
	f.mu.Unlock()
	f.running.Lock()
	defer f.running.Unlock()
	if f.done.Load() >= n {
		return
	}
	steps, upTo := f.take()
	failed := f.performAll(steps)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, err := range failed {
		switch number := upTo - uint64(len(steps)-1-i); {
		case err != nil:
			f.failed[number] = err
		case steps[i].kind == removeFile:
			f.removed = append(f.removed, steps[i].intent)
		}
	}
	f.done.Store(upTo)
}

func (f *files) take() (steps []step, upTo uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.steps) - int(f.planned-f.durable)
	steps, f.steps = f.steps[:n], f.steps[n:]
	return steps, f.durable
}

// failure is the error of a step that was done, which it forgets.
func (f *files) failure(number uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.failed[number]
	delete(f.failed, number)
	return err
}

// performAll does the steps and returns the error of each.
func (f *files) performAll(steps []step) []error {
	failed := make([]error, len(steps))
	touched := map[string][]int{} // directories to sync, and for which steps
	for i, st := range steps {
		dirs, err := f.perform(st)
		failed[i] = err
		for _, dir := range dirs {
			touched[dir] = append(touched[dir], i)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(touched)) {
		err := f.syncTouched(dir)
		if err == nil {
			continue
		}
		for _, i := range touched[dir] {
			failed[i] = errors.Join(failed[i], err)
		}
	}
	return failed
}

// syncTouched syncs a directory that a step has changed, unless a later step has
// removed it or put a file in its place.
func (f *files) syncTouched(dir string) error {
	if err := f.checkDir(dir); err != nil {
		return ignoreForeign(err)
	}
	return f.syncDir(dir)
}

// perform does one step and returns the directories that it changed.
func (f *files) perform(st step) (touched []string, err error) {
	switch st.kind {
	case placeFile:
		return f.place(st)
	case removeFile:
		return f.remove(st.path)
	case makeDir:
		return []string{"."}, f.root.MkdirAll(st.path, 0o700)
	default:
		return []string{"."}, leftAlone(f.root.Remove(st.path))
	}
}

// place renames a staged file into place. Whatever file is there gives way; a
// directory only where it is empty.
func (f *files) place(st step) (touched []string, err error) {
	dir := path.Dir(st.path)
	touched = []string{dir}
	err = f.checkDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		touched = append(touched, slices.Collect(parents(dir))...)
		touched = append(touched, ".")
		err = f.root.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make directory of object: %w", err)
	}
	err = f.root.Rename(temp(st.temp), st.path)
	if err != nil && f.isDir(st.path) && f.root.Remove(st.path) == nil {
		err = f.root.Rename(temp(st.temp), st.path)
	}
	if err != nil {
		return nil, fmt.Errorf("put object in its place: %w", err)
	}
	return touched, nil
}

func (f *files) isDir(path string) bool {
	info, err := f.root.Lstat(path)
	return err == nil && info.IsDir()
}

// remove removes a file and the directories above it, up to the bucket's own,
// that it leaves empty. What is no regular file was not made here and stays.
func (f *files) remove(name string) (touched []string, err error) {
	ours, err := f.isFile(name)
	if err == nil && ours {
		err = f.root.Remove(name)
		touched = append(touched, path.Dir(name))
	}
	if err != nil {
		return nil, fmt.Errorf("remove object: %w", err)
	}
	for dir := range parents(name) {
		if path.Dir(dir) == "." {
			break // the bucket's own
		}
		switch err := f.checkDir(dir); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, errForeign):
			return touched, nil
		case err != nil:
			return nil, fmt.Errorf("look at directory of object: %w", err)
		}
		err := f.root.Remove(dir)
		if notEmpty(err) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("remove empty directory: %w", err)
		}
		touched = append(touched, path.Dir(dir))
	}
	return touched, nil
}

// leftAlone is the error of removing a bucket's directory: it stays where it is
// gone already or holds what others have put there.
func leftAlone(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || notEmpty(err) {
		return nil
	}
	return fmt.Errorf("remove bucket: %w", err)
}

func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, os.ErrExist)
}

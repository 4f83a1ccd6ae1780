package s3

import (
	"cmp"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/statline/statline/pkg/local/internal/store"
)

// tempDir is where bodies are written before their records are. No bucket's name
// starts with a dot.
const tempDir = ".tmp"

// errAltered says that the file of a version does not hold it: it was changed or
// removed by someone else, or the version has moved meanwhile.
var errAltered = errors.New("the file was changed or removed outside the endpoint")

// files is the directory with the objects. Its root follows no link out of the
// directory.
type files struct {
	root     *os.Root
	caseless bool
	temps    dirSync

	// The steps that are planned and not done, in the order of the Updates that
	// planned them.
	mu      sync.Mutex
	steps   []step
	planned uint64           // number of the latest planned step
	durable uint64           // number of the latest step whose Update is on disk
	failed  map[uint64]error // by number
	removed []string         // removal records whose removal is done

	running sync.Mutex    // held while steps are done
	done    atomic.Uint64 // number of the latest step that was done
}

// openFiles opens the directory, which is created where it does not exist.
func openFiles(dir string) (*files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if err := root.MkdirAll(tempDir, 0o700); err != nil {
		return nil, err
	}
	f := &files{root: root, failed: map[uint64]error{}}
	f.temps.sync = func() error { return f.syncDir(tempDir) }
	return f, f.learnCase()
}

// learnCase finds out whether the file system tells cases apart.
func (f *files) learnCase() error {
	name, err := f.stage(nil)
	if err != nil {
		return err
	}
	_, err = f.root.Lstat(temp(strings.ToLower(name)))
	f.caseless = err == nil
	return f.discard(name)
}

func temp(name string) string { return tempDir + "/" + name }

// stage writes a body to a new file below tempDir and returns once it is on
// disk. The name has only capital letters and digits.
func (f *files) stage(body []byte) (name string, err error) {
	name = rand.Text()
	file, err := f.root.OpenFile(temp(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("stage object: %w", err)
	}
	_, err = file.Write(body)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = f.temps.wait()
	}
	if err != nil {
		return "", fmt.Errorf("stage object: %w", errors.Join(err, f.discard(name)))
	}
	return name, nil
}

// discard removes a staged file that is not needed.
func (f *files) discard(name string) error {
	if err := f.root.Remove(temp(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("discard staged object: %w", err)
	}
	return nil
}

// read is the body of a version in a file: below tempDir until it is renamed
// into place. The error is errAltered where it is in neither.
func (f *files) read(name string, v *version) ([]byte, error) {
	if v.Temp != "" {
		body, err := f.root.ReadFile(temp(v.Temp))
		if !errors.Is(err, fs.ErrNotExist) {
			return body, err
		}
	}
	if ours, err := f.isFile(name); err != nil || !ours {
		return nil, cmp.Or(err, errAltered)
	}
	body, err := f.root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && digest(body) != v.MD5 {
		return nil, errAltered
	}
	return body, err
}

// isFile says whether the path is a regular file below real directories. What
// goes through a link was not made here.
func (f *files) isFile(name string) (bool, error) {
	if err := f.checkDir(path.Dir(name)); err != nil {
		return false, ignoreForeign(err)
	}
	info, err := f.root.Lstat(name)
	if err != nil {
		return false, ignoreForeign(err)
	}
	return info.Mode().IsRegular(), nil
}

// checkDir fails with fs.ErrNotExist where a directory is not there, and with
// errForeign where something else is in its place or above it.
func (f *files) checkDir(dir string) error {
	above := slices.Collect(parents(dir))
	slices.Reverse(above)
	for _, name := range append(above, dir) {
		info, err := f.root.Lstat(name)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is no directory: %w", name, errForeign)
		}
	}
	return nil
}

// errForeign says that someone else's file is where the server needs a directory.
var errForeign = errors.New("a file made outside the endpoint is in the way")

func ignoreForeign(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errForeign) {
		return nil
	}
	return err
}

// digest is the MD5 of a body in hex, which S3 has as its ETag.
func digest(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}

// lastPlanned is the number of the latest planned step.
func (f *files) lastPlanned() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.planned
}

// plan queues the steps of an Update, within it, and has the records of removals
// that are done deleted with it. It returns the number of the last step.
func (f *files) plan(tx *store.Tx, steps []step) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, intent := range f.removed {
		tx.Delete(removalRecords, intent)
	}
	f.removed = nil
	f.steps = append(f.steps, steps...)
	f.planned += uint64(len(steps))
	return f.planned
}

func (f *files) syncDir(name string) error {
	dir, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// dirSync syncs a directory for many at once: whoever waits for a sync that
// starts after it asked shares it.
type dirSync struct {
	sync  func() error
	asked atomic.Uint64
	mu    sync.Mutex
	done  uint64
}

func (d *dirSync) wait() error {
	n := d.asked.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done >= n {
		return nil
	}
	upTo := d.asked.Load()
	if err := d.sync(); err != nil {
		return err
	}
	d.done = upTo
	return nil
}

package s3

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/store"
)

// A disk that cannot take the body refuses it, and nothing of it is left.
func TestStagingFails(t *testing.T) {
	m := boot(t, t.TempDir())
	m.must("PUT", "/bkt", "")
	m.must("PUT", "/bkt/key", "old")
	check(os.RemoveAll(m.path(".tmp")))
	if status, text := m.call("PUT", "/bkt/key", "new"); status != 500 || !strings.Contains(text, "stage object") {
		t.Errorf("%d %s", status, text)
	}
	if _, got := m.call("GET", "/bkt/key", ""); got != "old" {
		t.Errorf("the object is %q", got)
	}
	check(os.Mkdir(m.path(".tmp"), 0o700))
	m.must("PUT", "/bkt/key", "new")
}

// Without the store nothing is acknowledged.
func TestStoreFails(t *testing.T) {
	m := boot(t, t.TempDir())
	m.must("PUT", "/bkt", "")
	m.must("PUT", "/bkt/key", "old")
	check(m.db.Close())
	if status, text := m.call("PUT", "/bkt/key", "new"); status != 500 || !strings.Contains(text, "write state") {
		t.Errorf("%d %s", status, text)
	}
	if got := must(readFile(m.path("bkt/key"))); got != "old" {
		t.Errorf("the file holds %q, though the record was not written", got)
	}
	m = m.crash()
	if _, got := m.call("GET", "/bkt/key", ""); got != "old" {
		t.Errorf("the object is %q", got)
	}
}

func readFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	check(os.WriteFile(filepath.Join(dir, "s3"), nil, 0o600))
	db, err := store.Open("")
	check(err)
	if _, err := Open(db, filepath.Join(dir, "s3")); err == nil {
		t.Error("opened a file as a directory")
	}
}

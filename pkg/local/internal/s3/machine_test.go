package s3

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// machine is an S3 over a directory, or in memory, that can be switched off.
type machine struct {
	t   *testing.T
	dir string
	db  *store.DB
	*Service
}

func boot(t *testing.T, dir string) *machine {
	t.Helper()
	file, objects := filepath.Join(dir, "state.db"), filepath.Join(dir, "s3")
	if dir == "" {
		file, objects = "", ""
	}
	db, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := Open(db, objects)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{t: t, dir: dir, db: db, Service: s}
}

// call performs a request and returns status and body.
func (m *machine) call(method, target string, body string) (int, string) {
	m.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		m.t.Fatal(err)
	}
	c := &wire.Call{Service: "s3", Region: "us-east-1", Account: "000000000000", Method: method, URL: u, Header: http.Header{}, Body: []byte(body)}
	resp, err := m.Serve(context.Background(), c)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.Status, string(resp.Body)
}

func (m *machine) must(method, target string, body string) {
	m.t.Helper()
	if status, text := m.call(method, target, body); status >= 300 {
		m.t.Fatalf("%s %s: %d %s", method, target, status, text)
	}
}

// commit makes a change durable as an Update does, and stops there: none of its
// steps is done.
func (m *machine) commit(fn func(c *change, b *bucket)) {
	m.t.Helper()
	err := m.db.Update(func(tx *store.Tx) error {
		c := &change{Tx: tx, service: m.Service}
		fn(c, m.buckets["bkt"])
		m.files.plan(tx, c.steps)
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// putUpToRename is a PutObject that stops before the rename. It returns the name
// of the staged file.
func (m *machine) putUpToRename(key, body string) (staged string) {
	m.t.Helper()
	staged, err := m.stage(key, []byte(body))
	if err != nil {
		m.t.Fatal(err)
	}
	m.commit(func(c *change, b *bucket) {
		v := &version{Key: key, Size: int64(len(body)), MD5: digest([]byte(body)), Temp: staged, Header: map[string]string{}}
		if err := c.add(b, v, []byte(body)); err != nil {
			m.t.Fatal(err)
		}
	})
	return staged
}

// deleteUpToRemove is a DeleteObject that stops before the file goes.
func (m *machine) deleteUpToRemove(key, versionID string) {
	m.t.Helper()
	m.commit(func(c *change, b *bucket) {
		if err := c.delete(b, &deletion{key: key, version: versionID}); err != nil {
			m.t.Fatal(err)
		}
	})
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, "s3", name) }

func (m *machine) latest(key string) string {
	return m.buckets["bkt"].keys.get(key).latest().ID
}

// crash copies what is on disk to a directory of its own and opens that.
func (m *machine) crash() *machine {
	m.t.Helper()
	dir := m.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(m.dir)); err != nil {
		m.t.Fatal(err)
	}
	return boot(m.t, dir)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must(s string, err error) string {
	check(err)
	return s
}

// list is the files below the bucket, and whatever is below .tmp or an empty
// directory, which nothing should be.
func (m *machine) list() string {
	var all []string
	root := m.path("")
	check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(root))
		if d.IsDir() {
			entries, err := os.ReadDir(path)
			if len(entries) == 0 && name != "/.tmp" && name != "/bkt" {
				all = append(all, name+" is empty")
			}
			return err
		}
		all = append(all, strings.TrimPrefix(name, "/bkt/"))
		return err
	}))
	slices.Sort(all)
	return strings.Join(all, " ")
}

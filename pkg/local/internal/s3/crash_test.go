package s3

import (
	"context"
	"encoding/xml"
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

const versioningOn = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"

// Each case stops a change half way, and says what a restart must find: the
// bodies of keys, and the files below the bucket and .tmp.
func TestCrashes(t *testing.T) {
	type want struct {
		bodies map[string]string
		files  string
	}
	cases := map[string]struct {
		stop func(m *machine)
		want want
	}{
		"nothing under way": {func(*machine) {}, want{map[string]string{"d/key": "old"}, "d/key"}},
		"staged, no record": {
			func(m *machine) { must(m.stage("d/key", []byte("new"))) },
			want{map[string]string{"d/key": "old"}, "d/key"},
		},
		"half staged": {
			func(m *machine) {
				check(os.WriteFile(m.path(".tmp/"+must(m.stage("x", nil))), []byte("ne"), 0o600))
			},
			want{map[string]string{"d/key": "old"}, "d/key"},
		},
		"overwrite, not renamed": {
			func(m *machine) { m.putUpToRename("d/key", "new") },
			want{map[string]string{"d/key": "new"}, "d/key"},
		},
		"overwrite, renamed, directory not synced": {
			func(m *machine) {
				check(os.Rename(m.path(".tmp/"+m.putUpToRename("d/key", "new")), m.path("bkt/d/key")))
			},
			want{map[string]string{"d/key": "new"}, "d/key"},
		},
		"both names of a rename on disk": {
			func(m *machine) {
				staged := m.path(".tmp/" + m.putUpToRename("e/new", "new"))
				check(os.Mkdir(m.path("bkt/e"), 0o700))
				check(os.Link(staged, m.path("bkt/e/new")))
			},
			want{map[string]string{"d/key": "old", "e/new": "new"}, "d/key e/new"},
		},
		"new directories, not renamed": {
			func(m *machine) { m.putUpToRename("e/f/g/new", "new") },
			want{map[string]string{"e/f/g/new": "new"}, "d/key e/f/g/new"},
		},
		"overwritten twice, none renamed": {
			func(m *machine) { m.putUpToRename("d/key", "new"); m.putUpToRename("d/key", "newer") },
			want{map[string]string{"d/key": "newer"}, "d/key"},
		},
		"deleted, not removed": {
			func(m *machine) { m.deleteUpToRemove("d/key", "") },
			want{map[string]string{"d/key": ""}, ""},
		},
		"deleted, removed, not pruned": {
			func(m *machine) { m.deleteUpToRemove("d/key", ""); check(os.Remove(m.path("bkt/d/key"))) },
			want{map[string]string{"d/key": ""}, ""},
		},
		"overwritten and deleted, neither done": {
			func(m *machine) { m.putUpToRename("d/key", "new"); m.deleteUpToRemove("d/key", "") },
			want{map[string]string{"d/key": ""}, ""},
		},
		"deleted, removed, then someone's own file": {
			func(m *machine) {
				m.deleteUpToRemove("d/key", "")
				check(os.WriteFile(m.path("bkt/d/key"), []byte("mine"), 0o600))
			},
			want{map[string]string{"d/key": ""}, "d/key"},
		},
		"deleted and put again, neither done": {
			func(m *machine) { m.deleteUpToRemove("d/key", ""); m.putUpToRename("d/key", "new") },
			want{map[string]string{"d/key": "new"}, "d/key"},
		},
		"deleted and the same put again, removal not done": {
			func(m *machine) {
				m.deleteUpToRemove("d/key", "")
				check(os.Rename(m.path(".tmp/"+m.putUpToRename("d/key", "old")), m.path("bkt/d/key")))
			},
			want{map[string]string{"d/key": "old"}, "d/key"},
		},
		"a directory becomes a file": {
			func(m *machine) { m.deleteUpToRemove("d/key", ""); m.putUpToRename("d", "new") },
			want{map[string]string{"d/key": "", "d": "new"}, "d"},
		},
		"a file becomes a directory": {
			func(m *machine) {
				m.must("PUT", "/bkt/f", "file")
				m.deleteUpToRemove("f", "")
				m.putUpToRename("f/g", "new")
			},
			want{map[string]string{"f": "", "f/g": "new"}, "d/key f/g"},
		},
		"delete marker, file not removed": {
			func(m *machine) { m.must("PUT", "/bkt?versioning", versioningOn); m.deleteUpToRemove("d/key", "") },
			want{map[string]string{"d/key": "", "d/key?versionId=null": "old"}, ""},
		},
		"new version, not renamed": {
			func(m *machine) { m.must("PUT", "/bkt?versioning", versioningOn); m.putUpToRename("d/key", "new") },
			want{map[string]string{"d/key": "new", "d/key?versionId=null": "old"}, "d/key"},
		},
		"version deleted, the one before not a file yet": {
			func(m *machine) {
				m.must("PUT", "/bkt?versioning", versioningOn)
				m.must("PUT", "/bkt/d/key", "new")
				m.deleteUpToRemove("d/key", m.latest("d/key"))
			},
			want{map[string]string{"d/key": "old"}, "d/key"},
		},
		"delete marker deleted, the one before not a file yet": {
			func(m *machine) {
				m.must("PUT", "/bkt?versioning", versioningOn)
				m.must("DELETE", "/bkt/d/key", "")
				m.deleteUpToRemove("d/key", m.latest("d/key"))
			},
			want{map[string]string{"d/key": "old"}, "d/key"},
		},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			m := boot(t, t.TempDir())
			m.must("PUT", "/bkt", "")
			m.must("PUT", "/bkt/d/key", "old")
			tt.stop(m)
			for restart := range 3 { // the second finds nothing left to do, the third goes on
				m = m.crash()
				for key, body := range tt.want.bodies {
					status, got := m.call("GET", "/bkt/"+key, "")
					if body == "" && status != 404 || body != "" && got != body {
						t.Errorf("restart %d: %s is %d %q, want %q", restart, key, status, got, body)
					}
				}
				if got := m.list(); got != tt.want.files {
					t.Errorf("restart %d: the files are %q, want %q", restart, got, tt.want.files)
				}
			}
			m.must("PUT", "/bkt/d/key", "after")
			m.must("PUT", "/bkt/other", "after")
			if _, got := m.call("GET", "/bkt/d/key", ""); got != "after" {
				t.Errorf("after a put it is %q", got)
			}
		})
	}
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

// Bodies are not kept in memory where there is a directory.
func TestBodiesAreOnDiskAlone(t *testing.T) {
	m := boot(t, t.TempDir())
	m.must("PUT", "/bkt", "")
	m.must("PUT", "/bkt/plain", "body")
	m.must("PUT", "/bkt/stored/", "body")
	for o := range m.buckets["bkt"].keys.all() {
		if v := o.latest(); v.body != nil {
			t.Errorf("%s holds %q in memory", o.key, v.body)
		}
	}
}

// Deleting an object removes its record, its body and, with the next change,
// the record of the removal: nothing is left behind in the store.
func TestStoreIsLeftClean(t *testing.T) {
	m := boot(t, t.TempDir())
	m.must("PUT", "/bkt", "")
	m.must("PUT", "/bkt?versioning", versioningOn)
	for range 3 {
		m.must("PUT", "/bkt/a/b", "plain")
		m.must("PUT", "/bkt/a/", "stored")
	}
	m.must("DELETE", "/bkt/a/b", "")
	_, text := m.call("GET", "/bkt?versions", "")
	var list struct {
		Version, DeleteMarker []struct{ Key, VersionId string }
	}
	check(xml.Unmarshal([]byte(text), &list))
	for _, v := range append(list.Version, list.DeleteMarker...) {
		m.must("DELETE", "/bkt/"+v.Key+"?versionId="+v.VersionId, "")
	}
	m.must("DELETE", "/bkt", "")
	for _, records := range []string{bucketRecords, versionRecords, bodyRecords, removalRecords} {
		check(m.db.Each(records, func(key string, value []byte) error {
			t.Errorf("%s %s is left: %s", records, key, value)
			return nil
		}))
	}
}

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

package s3

import (
	"encoding/xml"
	"os"
	"testing"
)

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

// A file changes only after the record that wants it is on disk: a caller whose
// Update is there does the steps up to its own, and none of a later Update.
func TestStepsWaitForTheirUpdate(t *testing.T) {
	m := boot(t, t.TempDir())
	m.must("PUT", "/bkt", "")
	m.putUpToRename("first", "1")
	n := m.files.lastPlanned()
	m.putUpToRename("second", "2")
	m.files.settle(n)
	if got := must(readFile(m.path("bkt/first"))); got != "1" {
		t.Errorf("the first file holds %q", got)
	}
	if got, err := readFile(m.path("bkt/second")); err == nil {
		t.Errorf("the second file is there too: %q", got)
	}
	for key, want := range map[string]string{"first": "1", "second": "2"} {
		if _, got := m.call("GET", "/bkt/"+key, ""); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

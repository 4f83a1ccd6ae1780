package s3

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// keys that take each other's path, in all the ways there are.
var modelKeys = []string{"a", "a/b", "a/b/c", "a/d", "b", "b/", "../a", "x//y"}

// What a directory keeps answers like what memory keeps, whatever is asked and
// however often it is restarted; and of the plain keys the files are what is
// current.
func TestDirectoryAnswersLikeMemory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		disk, memory := boot(t, t.TempDir()), boot(t, "")
		both := func(method, target, body string) {
			rt.Helper()
			s1, b1 := disk.call(method, disk.resolve(target), body)
			s2, b2 := memory.call(method, memory.resolve(target), body)
			if s1 != s2 || method == "GET" && !strings.Contains(target, "versions") && s1 < 300 && b1 != b2 {
				rt.Fatalf("%s %s: %d %q on disk, %d %q in memory", method, target, s1, b1, s2, b2)
			}
		}
		both("PUT", "/bkt", "")
		for i := range rapid.IntRange(1, 15).Draw(rt, "steps") {
			key := "/bkt/" + rapid.SampledFrom(modelKeys).Draw(rt, "key")
			nth := fmt.Sprintf("?versionId=#%d", rapid.IntRange(0, 3).Draw(rt, "version"))
			switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "delete version", "versioning", "restart"}).Draw(rt, "step") {
			case "put":
				both("PUT", key, fmt.Sprint("body ", i))
			case "delete":
				both("DELETE", key, "")
			case "delete version":
				both("DELETE", key+nth, "")
			case "versioning":
				both("PUT", "/bkt?versioning", rapid.SampledFrom([]string{versioningOn, strings.Replace(versioningOn, "Enabled", "Suspended", 1)}).Draw(rt, "state"))
			case "restart":
				disk = disk.restart()
				disk.checkPromoted(rt)
			}
			for _, key := range modelKeys {
				both("GET", "/bkt/"+key, "")
				both("GET", "/bkt/"+key+nth, "")
			}
			if got, want := disk.shape(), memory.shape(); got != want {
				rt.Fatalf("the versions are\n%s on disk,\n%s in memory", got, want)
			}
			disk.checkFiles(rt)
		}
		check(disk.db.Close())
	})
}

// checkPromoted checks that after a start no plain key is in the store but where
// its path is taken.
func (m *machine) checkPromoted(t *rapid.T) {
	t.Helper()
	for _, k := range m.storedCandidates() {
		t.Fatalf("%s could be a file", k.key)
	}
}

// resolve replaces the version #n of a key by its ID.
func (m *machine) resolve(target string) string {
	path, n, ok := strings.Cut(target, "?versionId=#")
	if !ok {
		return target
	}
	o := m.buckets["bkt"].keys.get(strings.TrimPrefix(path, "/bkt/"))
	if o == nil || int(n[0]-'0') >= len(o.versions) {
		return path + "?versionId=nothing"
	}
	return path + "?versionId=" + o.versions[n[0]-'0'].ID
}

func (m *machine) restart() *machine {
	m.t.Helper()
	check(m.db.Close())
	return boot(m.t, m.dir)
}

// shape is what ListObjectVersions tells but for IDs and times.
func (m *machine) shape() string {
	_, text := m.call("GET", "/bkt?versions", "")
	var list struct {
		Entries []struct {
			XMLName   xml.Name
			Key       string
			ETag      string
			IsLatest  bool
			VersionId string
		} `xml:",any"`
	}
	check(xml.Unmarshal([]byte(text), &list))
	var b strings.Builder
	for _, e := range list.Entries {
		if e.Key != "" {
			fmt.Fprintln(&b, e.XMLName.Local, e.Key, e.ETag, e.IsLatest, e.VersionId == nullID)
		}
	}
	return b.String()
}

// checkFiles checks that every file is the current version of its key, that no
// file is lacking, and that .tmp is empty.
func (m *machine) checkFiles(t *rapid.T) {
	t.Helper()
	files := map[string]bool{}
	for name := range strings.FieldsSeq(m.list()) {
		files[name] = true
		body := must(readFile(m.path("bkt/" + name)))
		if v := m.buckets["bkt"].current(name); v == nil || v.MD5 != digest([]byte(body)) {
			t.Fatalf("the file %s holds %q, the object is %v", name, body, v)
		}
	}
	for _, key := range modelKeys {
		if v := m.buckets["bkt"].current(key); v != nil && (v.Place == inFile) != files[key] {
			t.Fatalf("%s is in %q, there is a file: %v", key, v.Place, files[key])
		}
	}
}

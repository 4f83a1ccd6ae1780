package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestImage: an image is sound by its own digests, both for those who read it as an OCI
// layout and for `docker load`, and holds the program, the authorities and no more.
func TestImage(t *testing.T) {
	program := bytes.Repeat([]byte("program "), 1000)
	for _, architecture := range []string{"arm64", "amd64"} {
		t.Run(architecture, func(t *testing.T) {
			packed, err := image("stats", architecture, program)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := image("stats", architecture, program); err != nil || !bytes.Equal(packed, again) {
				t.Errorf("the same program made two images: %v", err)
			}
			files := contents(t, packed)
			for name, content := range files {
				if strings.HasPrefix(name, "blobs/") && name != blob(content) {
					t.Errorf("%s holds what is %s", name, blob(content))
				}
			}
			var top index
			read(t, files["index.json"], &top)
			if len(top.Manifests) != 1 || top.Manifests[0].Platform.Architecture != architecture || top.Manifests[0].Platform.OS != "linux" {
				t.Fatalf("index %s", files["index.json"])
			}
			var m manifest
			read(t, described(t, files, top.Manifests[0]), &m)
			var c config
			read(t, described(t, files, m.Config), &c)
			if len(m.Layers) != 1 || len(c.RootFS.DiffIDs) != 1 {
				t.Fatalf("%d layers, %d of them named", len(m.Layers), len(c.RootFS.DiffIDs))
			}
			layer := unzipped(t, described(t, files, m.Layers[0]))
			if got := digest(layer); got != c.RootFS.DiffIDs[0] {
				t.Errorf("the layer is %s, the configuration says %s", got, c.RootFS.DiffIDs[0])
			}
			if c.Architecture != architecture || c.Config.User != nobody || fmt.Sprint(c.Config.Entrypoint) != "[/stats]" || c.Config.Labels["org.opencontainers.image.title"] != "statline stats" {
				t.Errorf("configuration %+v", c)
			}
			var load []loadable
			read(t, files["manifest.json"], &load)
			if len(load) != 1 || "sha256:"+strings.TrimPrefix(load[0].Config, "blobs/sha256/") != m.Config.Digest || fmt.Sprint(load[0].Layers) != "["+blob(described(t, files, m.Layers[0]))+"]" {
				t.Errorf("docker load finds %+v", load)
			}
			held := contents(t, layer)
			if len(held) != 2 || !bytes.Equal(held["stats"], program) {
				t.Errorf("the image holds %d files", len(held))
			}
			checkAuthorities(t, held[certificates])
		})
	}
}

// TestImageFails: there is no image for what it could not run on.
func TestImageFails(t *testing.T) {
	if _, err := image("stats", "mips", nil); err == nil || !strings.Contains(err.Error(), "mips") {
		t.Errorf("error %v", err)
	}
}

// checkAuthorities: they can all be read, and those that AWS has its certificates from
// are among them ("Certificate authorities", Amazon Trust Services repository).
func checkAuthorities(t *testing.T, text []byte) {
	t.Helper()
	want := map[string]bool{
		"Amazon Root CA 1": true, "Amazon Root CA 2": true, "Amazon Root CA 3": true, "Amazon Root CA 4": true,
	}
	count := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !c.IsCA {
			t.Errorf("%s is no authority", c.Subject)
		}
		count++
		delete(want, c.Subject.CommonName)
	}
	if count < 50 || len(want) > 0 {
		t.Errorf("%d authorities, without %v", count, want)
	}
}

// contents are the files of a tar, which must all be root's and of no time.
func contents(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Uid != 0 || head.Gid != 0 || head.ModTime.Unix() != 0 {
			t.Errorf("%s is %d:%d's, of %v", head.Name, head.Uid, head.Gid, head.ModTime)
		}
		if head.Typeflag == tar.TypeDir {
			continue
		}
		if files[head.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if program := head.Name == "stats"; program != (head.Mode == 0o755) {
			t.Errorf("%s has mode %o", head.Name, head.Mode)
		}
	}
}

// described is the blob of a descriptor, of the size that it says.
func described(t *testing.T, files map[string][]byte, d descriptor) []byte {
	t.Helper()
	content, ok := files["blobs/"+strings.ReplaceAll(d.Digest, ":", "/")]
	if !ok || len(content) != d.Size {
		t.Fatalf("%s: %d bytes, want %d", d.Digest, len(content), d.Size)
	}
	return content
}

func read(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func unzipped(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

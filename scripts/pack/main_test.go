package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPack: the zip holds the program as Lambda starts it, and depends on its content
// alone.
func TestPack(t *testing.T) {
	dir := t.TempDir()
	program, out := filepath.Join(dir, "program"), filepath.Join(dir, "out.zip")
	content := bytes.Repeat([]byte("program "), 1000)
	var zips [][]byte
	for i, mode := range []os.FileMode{0o600, 0o644} {
		if err := os.WriteFile(program, content, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(program, time.Time{}, time.Unix(int64(i+1)*1e9, 0)); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		if err := run(&said, out, program, pack); err != nil {
			t.Fatal(err)
		}
		packed, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		zips = append(zips, packed)
		if want := fmt.Sprintf("%s  %d bytes  sha256 %x\n", out, len(packed), sha256.Sum256(packed)); said.String() != want {
			t.Errorf("it says %q, want %q", said.String(), want)
		}
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("the zip changed with the file's time and mode")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("files left: %v, %v", files, err)
	}
	z, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode() != 0o755 {
		t.Fatalf("the zip holds %+v", z.File)
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, want the program's %d: %v", len(got), len(content), err)
	}
}

// TestPackFails: what is not there is an error, and no zip.
func TestPackFails(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.zip")
	if err := run(io.Discard, out, filepath.Join(dir, "none"), pack); err == nil {
		t.Error("a program that is not there was packed")
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("a zip is there: %v", err)
	}
}

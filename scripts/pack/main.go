// Command pack puts a program into a zip as AWS Lambda wants it, or into an image for
// containers, and prints the file's name, size and SHA-256. It is a part of
// scripts/build:
//
//	go run ./scripts/pack OUT.zip PROGRAM
//	go run ./scripts/pack OUT.tar PROGRAM ARCH
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func main() {
	var err error
	switch a := os.Args[1:]; len(a) {
	case 2:
		err = run(os.Stdout, a[0], a[1], pack)
	case 3:
		err = run(os.Stdout, a[0], a[1], func(program []byte) ([]byte, error) { return image(filepath.Base(a[1]), a[2], program) })
	default:
		fmt.Fprintln(os.Stderr, "usage: pack OUT.zip PROGRAM\n       pack OUT.tar PROGRAM ARCH")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run packs a program and says what came of it.
func run(w io.Writer, name, program string, pack func([]byte) ([]byte, error)) error {
	content, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	packed, err := pack(content)
	if err != nil {
		return err
	}
	if err := write(name, packed); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s  %d bytes  sha256 %x\n", name, len(packed), sha256.Sum256(packed))
	return err
}

// pack is a zip with content alone, as the program that Lambda starts ("Deploy Go
// Lambda functions with .zip file archives", AWS Lambda Developer Guide). It depends
// on nothing but content.
func pack(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	head := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	head.SetMode(0o755)
	w, err := z.CreateHeader(head)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// write replaces a file whole, so that a build that is interrupted leaves no half of a
// zip for Terraform to find.
func write(name string, content []byte) error {
	if err := os.WriteFile(name+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// certificates is where Go's crypto/x509 looks first for the authorities that TLS
// trusts.
const certificates = "etc/ssl/certs/ca-certificates.crt"

// nobody is who the program runs as: no user of any host.
const nobody = "65532:65532"

// descriptor, manifest, index and config are documents of the "OCI Image Format
// Specification", as far as they are used here.
type (
	descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Annotations map[string]string `json:"annotations,omitempty"`
		Platform    *platform         `json:"platform,omitempty"`
	}
	platform struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Variant      string `json:"variant,omitempty"`
	}
	manifest struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Config        descriptor   `json:"config"`
		Layers        []descriptor `json:"layers"`
	}
	index struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Manifests     []descriptor `json:"manifests"`
	}
	config struct {
		Created string `json:"created"`
		platform
		Config  settings  `json:"config"`
		RootFS  rootFS    `json:"rootfs"`
		History []history `json:"history"`
	}
	settings struct {
		User       string            `json:"User"`
		Entrypoint []string          `json:"Entrypoint"`
		Labels     map[string]string `json:"Labels"`
	}
	rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	history struct {
		Created   string `json:"created"`
		CreatedBy string `json:"created_by"`
	}
	// loadable is an image in manifest.json, which `docker load` of every age reads.
	loadable struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
)

// file is a file of a tar, or a directory where it ends in a slash.
type file struct {
	name    string
	mode    int64
	content []byte
}

// image is an image that holds a program, the authorities that TLS trusts, and
// nothing else: no shell, no package, no user. It is one tar that is at once an OCI
// layout and what `docker load` reads, and depends on nothing but name, program,
// architecture and the authorities.
func image(name, architecture string, program []byte) ([]byte, error) {
	of := platform{Architecture: architecture, OS: "linux"}
	switch architecture {
	case "arm64":
		of.Variant = "v8"
	case "amd64":
	default:
		return nil, fmt.Errorf("architecture %q: images are for arm64 or amd64", architecture)
	}
	layer, err := archive([]file{
		{name, 0o755, program},
		{"etc/", 0o755, nil}, {"etc/ssl/", 0o755, nil}, {"etc/ssl/certs/", 0o755, nil},
		{certificates, 0o644, authorities()},
	})
	if err != nil {
		return nil, err
	}
	packed, err := zipped(layer)
	if err != nil {
		return nil, err
	}

	const epoch = "1970-01-01T00:00:00Z"
	configured, err := json.Marshal(config{
		Created: epoch, platform: of,
		Config: settings{User: nobody, Entrypoint: []string{"/" + name}, Labels: map[string]string{
			"org.opencontainers.image.title":       "statline " + name,
			"org.opencontainers.image.description": "The " + name + " service of statline, as a worker.",
			"org.opencontainers.image.source":      "https://github.com/statline/statline",
			"org.opencontainers.image.licenses":    "Apache-2.0",
		}},
		RootFS:  rootFS{"layers", []string{digest(layer)}},
		History: []history{{epoch, "scripts/build --images"}},
	})
	if err != nil {
		return nil, err
	}
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	manifested, err := json.Marshal(manifest{
		SchemaVersion: 2, MediaType: manifestType,
		Config: describe("application/vnd.oci.image.config.v1+json", configured),
		Layers: []descriptor{describe("application/vnd.oci.image.layer.v1.tar+gzip", packed)},
	})
	if err != nil {
		return nil, err
	}
	only := describe(manifestType, manifested)
	only.Platform, only.Annotations = &of, map[string]string{"org.opencontainers.image.ref.name": "latest"}
	indexed, err := json.Marshal(index{SchemaVersion: 2, MediaType: "application/vnd.oci.image.index.v1+json", Manifests: []descriptor{only}})
	if err != nil {
		return nil, err
	}
	load, err := json.Marshal([]loadable{{blob(configured), []string{"statline/" + name + ":latest"}, []string{blob(packed)}}})
	if err != nil {
		return nil, err
	}
	files := []file{{blob(configured), 0o644, configured}, {blob(manifested), 0o644, manifested}, {blob(packed), 0o644, packed}}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	return archive(append([]file{
		{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{"index.json", 0o644, indexed},
		{"manifest.json", 0o644, load},
		{"blobs/", 0o755, nil}, {"blobs/sha256/", 0o755, nil},
	}, files...))
}

// authorities are those of Mozilla's root program, as one file. They come from a
// module whose version go.mod holds, so that an image does not depend on the machine
// that makes it, and not from the programs, which Lambda gives its own. Authorities
// that Mozilla trusts only in part are left out: a file cannot say in which.
func authorities() []byte {
	var all bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			pem.Encode(&all, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return all.Bytes()
}

// archive is a tar of files that are root's and of no time.
func archive(files []file) ([]byte, error) {
	var all bytes.Buffer
	w := tar.NewWriter(&all)
	for _, f := range files {
		head := &tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: time.Unix(0, 0)}
		if f.content == nil {
			head.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(head); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return all.Bytes(), nil
}

// zipped is gzip without name or time.
func zipped(content []byte) ([]byte, error) {
	var all bytes.Buffer
	w, err := gzip.NewWriterLevel(&all, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return all.Bytes(), nil
}

func describe(mediaType string, content []byte) descriptor {
	return descriptor{MediaType: mediaType, Digest: digest(content), Size: len(content)}
}

func digest(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// blob is where a layout keeps a content.
func blob(content []byte) string { return fmt.Sprintf("blobs/sha256/%x", sha256.Sum256(content)) }

package s3

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// Retention modes ("How S3 Object Lock works", S3 User Guide).
const (
	governance = "GOVERNANCE"
	compliance = "COMPLIANCE"
)

// lock protects a version from being deleted.
type lock struct {
	Mode  string    `json:",omitempty"` // "", governance or compliance
	Until time.Time `json:",omitzero"`
	Hold  bool      `json:",omitempty"` // legal hold
}

// refusesDelete says whether the version must stay. Governance gives way to
// x-amz-bypass-governance-retention.
func (l lock) refusesDelete(now time.Time, bypass bool) bool {
	retained := l.Mode == compliance || l.Mode == governance && !bypass
	return l.Hold || retained && now.Before(l.Until)
}

func accessDenied() *wire.Error {
	return refuse(http.StatusForbidden, "AccessDenied", "Access Denied because object protected by object lock.")
}

const (
	modeHeader  = "X-Amz-Object-Lock-Mode"
	untilHeader = "X-Amz-Object-Lock-Retain-Until-Date"
	holdHeader  = "X-Amz-Object-Lock-Legal-Hold"
)

// set writes the lock as response headers.
func (l lock) set(h http.Header) {
	if l.Mode != "" {
		h.Set(modeHeader, l.Mode)
		h.Set(untilHeader, l.Until.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if l.Hold {
		h.Set(holdHeader, "ON")
	}
}

// lockOf reads the lock that a request puts on a new version.
func lockOf(h http.Header) (lock, error) {
	var l lock
	switch hold := h.Get(holdHeader); hold {
	case "", "OFF":
	case "ON":
		l.Hold = true
	default:
		return lock{}, refuse(http.StatusBadRequest, "InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'")
	}
	mode, until := h.Get(modeHeader), h.Get(untilHeader)
	if (mode == "") != (until == "") {
		return lock{}, refuse(http.StatusBadRequest, "InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	}
	if mode == "" {
		return l, nil
	}
	var err error
	l.Mode, l.Until, err = parseRetention(mode, until)
	return l, err
}

func parseRetention(mode, until string) (string, time.Time, error) {
	if mode != governance && mode != compliance {
		return "", time.Time{}, refuse(http.StatusBadRequest, "InvalidArgument", "Unknown wormMode directive.")
	}
	t, err := time.Parse(time.RFC3339Nano, until)
	if err != nil {
		return "", time.Time{}, refuse(http.StatusBadRequest, "InvalidArgument", "The retain until date must be provided in ISO 8601 format")
	}
	if !t.After(time.Now()) {
		return "", time.Time{}, refuse(http.StatusBadRequest, "InvalidArgument", "The retain until date must be in the future!")
	}
	return mode, t.UTC(), nil
}

var emptyLockConfiguration = []byte(`<ObjectLockConfiguration xmlns="` + namespace + `"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`)

// lock gives the bucket Object Lock for good, and versioning with it.
func (b *bucket) lock(configuration []byte) {
	b.Locked = true
	b.Documents["object-lock"] = document{Body: configuration}
	if b.Versioning != enabled {
		b.Versioning = enabled
		b.Documents["versioning"] = document{Body: []byte(`<VersioningConfiguration xmlns="` + namespace + `"><Status>Enabled</Status></VersioningConfiguration>`)}
	}
}

type lockConfiguration struct {
	XMLName           xml.Name `xml:"ObjectLockConfiguration"`
	ObjectLockEnabled string
	Rule              *struct {
		DefaultRetention *struct {
			Mode        string
			Days, Years int
		}
	}
}

// parseLock reads an ObjectLockConfiguration; its default retention has a mode
// and either days or years.
func parseLock(body []byte) (lockConfiguration, error) {
	var config lockConfiguration
	if err := xml.Unmarshal(body, &config); err != nil || config.ObjectLockEnabled != enabled {
		return config, malformed()
	}
	if config.Rule == nil {
		return config, nil
	}
	retention := config.Rule.DefaultRetention
	if retention == nil || retention.Mode != governance && retention.Mode != compliance || (retention.Days == 0) == (retention.Years == 0) {
		return config, malformed()
	}
	if retention.Days < 0 || retention.Years < 0 || retention.Days > 36500 || retention.Years > 100 {
		return config, refuse(http.StatusBadRequest, "InvalidArgument", "Default retention period must be a positive integer value, at most 36500 days or 100 years.")
	}
	return config, nil
}

// setLock applies an ObjectLockConfiguration ("PutObjectLockConfiguration", S3
// API Reference).
func (b *bucket) setLock(body []byte) error {
	if _, err := parseLock(body); err != nil {
		return err
	}
	if b.Versioning != enabled {
		return refuse(http.StatusConflict, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	}
	b.lock(body)
	return nil
}

// defaultLock adds to the lock of a new version the bucket's default retention.
func (b *bucket) defaultLock(l lock, now time.Time) (lock, error) {
	if !b.Locked {
		if l != (lock{}) {
			return lock{}, refuse(http.StatusBadRequest, "InvalidRequest", "Bucket is missing Object Lock Configuration")
		}
		return l, nil
	}
	config, err := parseLock(b.Documents["object-lock"].Body)
	if err != nil || l.Mode != "" || config.Rule == nil {
		return l, err
	}
	retention := config.Rule.DefaultRetention
	l.Mode, l.Until = retention.Mode, now.AddDate(retention.Years, 0, retention.Days)
	return l, nil
}

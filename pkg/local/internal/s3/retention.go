package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

type retention struct {
	XMLName         xml.Name `xml:"Retention"`
	Space           string   `xml:"xmlns,attr"`
	Mode            string   `xml:",omitempty"`
	RetainUntilDate string   `xml:",omitempty"`
}

type legalHold struct {
	XMLName xml.Name `xml:"LegalHold"`
	Space   string   `xml:"xmlns,attr"`
	Status  string
}

func noLock() *wire.Error {
	return refuse(http.StatusNotFound, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration")
}

// inVersion runs fn with the version that a request means, within an Update that
// changes nothing.
func (s *Service) inVersion(r *request, fn func(b *bucket, v *version) error) error {
	return s.inBucket(r, func(b *bucket) error {
		v, err := b.choose(r)
		if err != nil {
			return err
		}
		return fn(b, v)
	})
}

// changeVersion has fn change the version that a request means. Where fn fails
// it must have changed nothing.
func (s *Service) changeVersion(r *request, fn func(c *change, b *bucket, v *version) error) error {
	return s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		v, err := b.choose(r)
		if err != nil {
			return err
		}
		if err := fn(c, b, v); err != nil {
			return err
		}
		c.save(b, v)
		return nil
	})
}

func (b *bucket) mustLock() error {
	if !b.Locked {
		return refuse(http.StatusBadRequest, "InvalidRequest", "Bucket is missing Object Lock Configuration")
	}
	return nil
}

func (s *Service) getObjectRetention(r *request) (*wire.Response, error) {
	doc := retention{Space: namespace}
	err := s.inVersion(r, func(b *bucket, v *version) error {
		if err := b.mustLock(); err != nil {
			return err
		}
		if v.Lock.Mode == "" {
			return noLock()
		}
		doc.Mode, doc.RetainUntilDate = v.Lock.Mode, v.Lock.Until.Format("2006-01-02T15:04:05.000Z")
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.XML(http.StatusOK, doc), nil
}

// putObjectRetention sets a version's retention. A stricter one is always
// allowed; a weaker one only from governance, with the bypass ("Managing Object
// Lock", S3 User Guide).
func (s *Service) putObjectRetention(r *request) (*wire.Response, error) {
	var doc retention
	if err := decodeXML(r.body, "Retention", &doc); err != nil {
		return nil, err
	}
	var wanted lock
	if doc.Mode != "" || doc.RetainUntilDate != "" {
		var err error
		if wanted.Mode, wanted.Until, err = parseRetention(doc.Mode, doc.RetainUntilDate); err != nil {
			return nil, err
		}
	}
	bypass := r.Header.Get("X-Amz-Bypass-Governance-Retention") == "true"
	err := s.changeVersion(r, func(c *change, b *bucket, v *version) error {
		if err := b.mustLock(); err != nil {
			return err
		}
		held := lock{Mode: v.Lock.Mode, Until: v.Lock.Until}
		weaker := wanted.Until.Before(held.Until) || held.Mode == compliance && wanted.Mode != compliance
		if weaker && held.refusesDelete(c.now(), bypass) {
			return accessDenied()
		}
		v.Lock.Mode, v.Lock.Until = wanted.Mode, wanted.Until
		return nil
	})
	if err != nil {
		return nil, err
	}
	return empty(http.StatusOK), nil
}

func (s *Service) getObjectLegalHold(r *request) (*wire.Response, error) {
	doc := legalHold{Space: namespace, Status: "OFF"}
	err := s.inVersion(r, func(b *bucket, v *version) error {
		if v.Lock.Hold {
			doc.Status = "ON"
		}
		return b.mustLock()
	})
	if err != nil {
		return nil, err
	}
	return wire.XML(http.StatusOK, doc), nil
}

func (s *Service) putObjectLegalHold(r *request) (*wire.Response, error) {
	var doc legalHold
	if err := decodeXML(r.body, "LegalHold", &doc); err != nil {
		return nil, err
	}
	if doc.Status != "ON" && doc.Status != "OFF" {
		return nil, malformed()
	}
	err := s.changeVersion(r, func(_ *change, b *bucket, v *version) error {
		if err := b.mustLock(); err != nil {
			return err
		}
		v.Lock.Hold = doc.Status == "ON"
		return nil
	})
	if err != nil {
		return nil, err
	}
	return empty(http.StatusOK), nil
}

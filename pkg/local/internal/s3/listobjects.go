package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

type listV2Result struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Space                 string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	MaxKeys               int
	EncodingType          string `xml:",omitempty"`
	KeyCount              int
	IsTruncated           bool
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	Contents              []entry
	CommonPrefixes        []commonPrefix
}

func (s *Service) listObjectsV2(r *request) (*wire.Response, error) {
	if r.query.Get("list-type") != "2" {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "Invalid List Type specified in Request")
	}
	l, err := parseListing(r)
	if err != nil {
		return nil, err
	}
	l.after = r.query.Get("start-after")
	continuation := r.query.Get("continuation-token")
	if r.query.Has("continuation-token") {
		if l.after, err = parseToken(continuation); err != nil || continuation == "" {
			return nil, refuse(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
		}
	}
	var who *owner
	if r.query.Get("fetch-owner") == "true" {
		who = new(accountOwner(r.Account))
	}
	p, err := s.list(r, l, who)
	if err != nil {
		return nil, err
	}
	result := listV2Result{
		Space: namespace, Name: r.bucket, Prefix: l.text(l.prefix), Delimiter: l.text(l.delimiter), MaxKeys: l.limit,
		EncodingType: l.encoding, KeyCount: len(p.entries) + len(p.prefixes), IsTruncated: p.truncated,
		ContinuationToken: continuation, StartAfter: l.text(r.query.Get("start-after")), Contents: p.entries, CommonPrefixes: p.prefixes,
	}
	if p.truncated {
		result.NextContinuationToken = token(p.last)
	}
	return wire.XML(http.StatusOK, result), nil
}

type listV1Result struct {
	XMLName        xml.Name `xml:"ListBucketResult"`
	Space          string   `xml:"xmlns,attr"`
	Name           string
	Prefix         string
	Marker         string
	NextMarker     string `xml:",omitempty"`
	Delimiter      string `xml:",omitempty"`
	MaxKeys        int
	EncodingType   string `xml:",omitempty"`
	IsTruncated    bool
	Contents       []entry
	CommonPrefixes []commonPrefix
}

func (s *Service) listObjects(r *request) (*wire.Response, error) {
	l, err := parseListing(r)
	if err != nil {
		return nil, err
	}
	l.after = r.query.Get("marker")
	p, err := s.list(r, l, new(accountOwner(r.Account)))
	if err != nil {
		return nil, err
	}
	result := listV1Result{
		Space: namespace, Name: r.bucket, Prefix: l.text(l.prefix), Marker: l.text(l.after), Delimiter: l.text(l.delimiter),
		MaxKeys: l.limit, EncodingType: l.encoding, IsTruncated: p.truncated, Contents: p.entries, CommonPrefixes: p.prefixes,
	}
	if p.truncated && l.delimiter != "" { // without one, the last key is the marker
		result.NextMarker = l.text(p.last)
	}
	return wire.XML(http.StatusOK, result), nil
}

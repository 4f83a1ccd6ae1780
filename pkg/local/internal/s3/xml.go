package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// wellFormed checks that body is one XML document with the root element, and
// that its encoding is UTF-8.
func wellFormed(body []byte, root string) error {
	dec := xml.NewDecoder(bytes.NewReader(body))
	depth, roots := 0, 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && roots == 1 && depth == 0 {
			return nil
		}
		if err != nil {
			return malformed()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 0 && (roots > 0 || tok.Name.Local != root) {
				return malformed()
			}
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(tok)) > 0 {
				return malformed()
			}
		}
	}
}

// decodeXML reads a document with the root element into v, in any namespace.
func decodeXML(body []byte, root string, v any) error {
	if err := wellFormed(body, root); err != nil {
		return err
	}
	if err := xml.Unmarshal(body, v); err != nil {
		return malformed()
	}
	return nil
}

// encodeXML is the document of one of the package's own structs, which always
// can be encoded.
func encodeXML(v any) []byte {
	body, err := xml.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("s3: encode %T: %v", v, err))
	}
	return append([]byte(xml.Header), body...)
}

func malformed() *wire.Error {
	return refuse(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

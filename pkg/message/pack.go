package message

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// packed says whether a body is meant to hold several requests. One that has neither
// the schema's name in it nor an escape that it could be written with does not.
func packed(body []byte) bool {
	if !bytes.Contains(body, []byte(RequestsSchema)) && bytes.IndexByte(body, '\\') < 0 {
		return false
	}
	schema, ok := salvage(body).only("schema")
	return ok && schema == RequestsSchema
}

// Pack is the body of a message that holds requests, given by their own bodies: at
// most [MaxRequests]. One alone is not packed.
func Pack(bodies []string) string {
	if len(bodies) == 1 {
		return bodies[0]
	}
	return `{"schema":"` + RequestsSchema + `","requests":[` + strings.Join(bodies, ",") + "]}"
}

// unpack splits a packed message into its requests as they stand. The envelope
// is strict; the requests need only have closed quotes and brackets, so that one
// which is broken does not take the others with it.
func unpack(body []byte) ([][]byte, *Fault) {
	s := scanner{data: body}
	if !s.take('{') {
		return nil, s.expected("a JSON object")
	}
	var elements [][]byte
	var seen []string
	for {
		key, fault := s.key()
		if fault != nil {
			return nil, fault
		}
		if slices.Contains(seen, key) {
			return nil, faultAt(InvalidField, printable(key), "is given twice")
		}
		seen = append(seen, key)
		switch key {
		case "schema":
			fault = s.value()
		case "requests":
			elements, fault = s.elements()
		default:
			fault = faultAt(InvalidField, printable(key), "is not a field of a packed message")
		}
		if fault != nil {
			return nil, fault
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return nil, s.expected(", or } after a value")
		}
		if fault := s.end(); fault != nil {
			return nil, fault
		}
		if !slices.Contains(seen, "requests") {
			return nil, faultAt(InvalidField, "requests", "is required")
		}
		return elements, nil
	}
}

// elements splits the array of requests.
func (s *scanner) elements() ([][]byte, *Fault) {
	if !s.take('[') {
		start := s.pos
		if fault := s.value(); fault != nil {
			return nil, fault.in("requests")
		}
		return nil, faultAt(InvalidField, "requests", "must be an array of requests, is "+shown(s.data[start:s.pos]))
	}
	if s.take(']') {
		return nil, faultAt(EmptyList, "requests", "there is no request")
	}
	var elements [][]byte
	for {
		s.space()
		start := s.pos
		s.skip()
		if s.pos == start {
			return nil, s.expected("a request").in(fmt.Sprintf("requests[%d]", len(elements)))
		}
		if len(elements) == cap(elements) {
			elements = slices.Grow(elements, max(len(elements), len(s.data)/64))
		}
		elements = append(elements, s.data[start:s.pos])
		if len(elements) > MaxRequests {
			return nil, faultAt(TooLarge, "requests", fmt.Sprintf("there are more than %d requests", MaxRequests))
		}
		if s.take(',') {
			continue
		}
		if !s.take(']') {
			return nil, s.expected(", or ] after a request").in(fmt.Sprintf("requests[%d]", len(elements)-1))
		}
		return elements, nil
	}
}

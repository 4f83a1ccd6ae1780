package message

import (
	"encoding/json"
	"fmt"
	"slices"
)

// packed says whether a body is meant to hold several requests.
func packed(body []byte) bool {
	schema, ok := salvage(body).only("schema")
	return ok && schema == RequestsSchema
}

// unpack splits a packed message into its requests as they stand. The envelope
// is strict; the requests need only have closed quotes and brackets, so that one
// which is broken does not take the others with it.
func unpack(body []byte) ([][]byte, *Fault) {
	s := scanner{data: body}
	if !s.take('{') {
		return nil, s.fault("a message is a JSON object")
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
			return nil, s.fault("expected , or } after a value")
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
		return nil, faultAt(InvalidField, "requests", "must be an array of requests")
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
			return nil, s.fault(fmt.Sprintf("requests[%d]: expected a request", len(elements)))
		}
		elements = append(elements, s.data[start:s.pos])
		if s.take(',') {
			continue
		}
		if !s.take(']') {
			return nil, s.fault(fmt.Sprintf("requests[%d]: expected , or ] after a request", len(elements)-1))
		}
		return elements, nil
	}
}

// skip passes over one element: up to the bracket that closes it, or, where it
// is no object or array, up to the next comma, bracket or white space.
func (s *scanner) skip() {
	depth := 0
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			s.pos = stringEnd(s.data, s.pos)
			if depth == 0 {
				return
			}
			continue
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']' || c == '}' || isSpace(c)):
			return
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				s.pos++
				return
			}
		}
		s.pos++
	}
}

// Pack writes several requests as the body of one message.
func Pack(requests []Request) ([]byte, error) {
	return json.Marshal(struct {
		Schema   string    `json:"schema"`
		Requests []Request `json:"requests"`
	}{RequestsSchema, requests})
}

package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// MarshalJSON returns what AppendJSON appends. It refuses a summary that lacks
// a figure.
func (s Summary) MarshalJSON() ([]byte, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("write summary: %w", err)
	}
	return s.AppendJSON(nil), nil
}

// UnmarshalJSON reads what AppendJSON writes, in any order of keys, and brings
// every figure to its canonical text. It ignores keys that it does not know,
// and refuses a key that occurs twice, a figure that is missing or null, and a
// method that is not one of R1 to R9.
func (s *Summary) UnmarshalJSON(data []byte) error {
	members, err := readObject(data)
	if err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	var read Summary
	for _, m := range members {
		if err := read.set(m); err != nil {
			return fmt.Errorf("read summary: %s: %w", m.key, err)
		}
	}
	if err := read.complete(); err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	*s = read
	return nil
}

// set fills the field that m is about.
func (s *Summary) set(m member) (err error) {
	switch m.key {
	case "count":
		return json.Unmarshal(m.value, &s.Count)
	case "quantile_method":
		return json.Unmarshal(m.value, &s.Method)
	case "quantiles":
		s.Quantiles, err = readQuantiles(m.value)
		return err
	}
	if f := s.field(m.key); f != nil {
		*f, err = Canonical(string(m.value))
	}
	return err
}

// field returns the figure that key names, or nil.
func (s *Summary) field(key string) *Figure {
	for f, figure := range s.figures() {
		if field(f).name() == key {
			return figure
		}
	}
	return nil
}

// complete returns an error that names the first field missing or amiss.
func (s *Summary) complete() error {
	if s.Count < 1 {
		return fmt.Errorf("count: %d is not positive", s.Count)
	}
	figures := s.figures()
	for _, f := range [...]field{fieldSum, fieldMin, fieldMax, fieldMean, fieldMedian, fieldQ1, fieldQ3} {
		if *figures[f] == "" {
			return fmt.Errorf("%s is missing", f.name())
		}
	}
	for _, f := range [...]field{fieldVariance, fieldStdDev} {
		if has := *figures[f] != ""; has != (s.Count > 1) {
			return fmt.Errorf("%s: present is %t for a count of %d", f.name(), has, s.Count)
		}
	}
	if !s.Method.Valid() {
		return fmt.Errorf("quantile_method: %q is not one of R1 to R9", string(s.Method))
	}
	return nil
}

func readQuantiles(data []byte) ([]Quantile, error) {
	members, err := readObject(data)
	if err != nil {
		return nil, err
	}
	var qs []Quantile
	for _, m := range members {
		p, err := Canonical(m.key)
		if err != nil {
			return nil, fmt.Errorf("probability: %w", err)
		}
		value, err := Canonical(string(m.value))
		if err != nil {
			return nil, fmt.Errorf("quantile %s: %w", p, err)
		}
		qs = append(qs, Quantile{p, value})
	}
	return qs, nil
}

// A member is one key of a JSON object, with its value as written.
type member struct {
	key   string
	value json.RawMessage
}

// readObject returns the members of a JSON object in the order written.
func readObject(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	open, err := d.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var members []member
	seen := make(map[string]bool)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{key: key.(string)}
		if seen[m.key] {
			return nil, fmt.Errorf("key %q occurs twice", m.key)
		}
		seen[m.key] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	_, err = d.Token()
	return members, err
}

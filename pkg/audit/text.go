package audit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// Format is the first line of every object of the log.
const Format = "statline.audit/v1"

// encode is the text of an object: the format, a paragraph for each entry, and a
// last line that says how many there are, by which a cut shows.
func encode(paragraphs [][]byte) []byte {
	first, last := []byte(Format+"\n"), fmt.Appendf(nil, "end %d\n", len(paragraphs))
	return bytes.Join(slices.Concat([][]byte{first}, paragraphs, [][]byte{last}), []byte("\n"))
}

// Parse reads an object of the log. The error names the line that is not as it
// must be; the entries before it are returned with it.
func Parse(text []byte) ([]Entry, error) {
	p := parser{rest: text}
	if line, ok := p.next(); !ok || line != Format {
		return nil, fmt.Errorf("line 1: is %.40q, not %q", line, Format)
	}
	if line, _ := p.next(); line != "" {
		return nil, p.errorf("expected an empty line")
	}
	var entries []Entry
	for {
		before := p.rest
		line, ok := p.next()
		if !ok {
			return entries, p.errorf("the object is cut: its last line, end %d, is missing", len(entries))
		}
		if count, end := strings.CutPrefix(line, "end "); end {
			return entries, p.finish(count, len(entries))
		}
		e, err := p.entry(line, before)
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
}

// parser walks over the lines of an object.
type parser struct {
	rest []byte
	line int
}

// next is the next line, which must end with a line feed.
func (p *parser) next() (string, bool) {
	line, rest, ok := bytes.Cut(p.rest, []byte("\n"))
	if !ok {
		return "", false
	}
	p.rest = rest
	p.line++
	return string(line), true
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", p.line, fmt.Sprintf(format, args...))
}

func (p *parser) finish(count string, entries int) error {
	if count != fmt.Sprint(entries) {
		return p.errorf("says %q entries, but there are %d", count, entries)
	}
	if len(p.rest) > 0 {
		return p.errorf("there is more after the last line")
	}
	return nil
}

// entry reads the paragraph that begins with line; before is the text from there
// on. Its lines are in the order in which they are written, each at most once and
// spelt as this package spells it, so that there is one text for an entry.
func (p *parser) entry(line string, before []byte) (Entry, error) {
	var e Entry
	known := fields
	for {
		name, value := line[:min(column, len(line))], line[min(column, len(line)):]
		name = strings.TrimRight(name, " ")
		var err error
		if name == "quantile" {
			known, err = nil, e.addQuantile(value)
		} else {
			known, err = e.setField(known, name, value)
		}
		if err != nil {
			return Entry{}, p.errorf("%v", err)
		}
		var ok bool
		if line, ok = p.next(); !ok {
			return Entry{}, p.errorf("the object is cut within an entry")
		}
		if line == "" {
			paragraph := before[:len(before)-len(p.rest)-len("\n")]
			return e, p.complete(&e, paragraph)
		}
	}
}

// setField sets the named one of the fields that may still come, and returns
// those that may come after it.
func (e *Entry) setField(known []field, name, value string) ([]field, error) {
	for i, f := range known {
		if f.name == name {
			if err := f.set(e, value); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return known[i+1:], nil
		}
	}
	return nil, fmt.Errorf("%.40q is no field, or not one that may come here", name)
}

func (e *Entry) addQuantile(text string) error {
	at, figure, _ := strings.Cut(text, " ")
	p, err := stats.Canonical(at)
	value, err2 := stats.Canonical(figure)
	if err = errors.Join(err, err2); err != nil || e.Result == nil {
		return fmt.Errorf("quantile: %w", cmp.Or(err, errNoCount))
	}
	e.Result.Quantiles = append(e.Result.Quantiles, stats.Quantile{P: p, Value: value})
	return nil
}

// complete refuses an entry that the log would not have written.
func (p *parser) complete(e *Entry, paragraph []byte) error {
	hasResult, hasFault := e.Result != nil, e.Fault != nil
	if e.RequestID == "" || e.Digest == "" || hasResult != (e.Status == message.StatusOK) || hasFault != (e.Status == message.StatusError) {
		return p.errorf("the entry above is not complete")
	}
	if hasResult {
		if _, err := e.Result.MarshalJSON(); err != nil {
			return p.errorf("the entry above is not complete: %v", err)
		}
	}
	if !bytes.Equal(e.append(nil), paragraph) {
		return p.errorf("the entry above is not written as the log writes it")
	}
	return nil
}

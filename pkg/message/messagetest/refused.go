// Package messagetest holds messages that must be refused, for tests: by name,
// each with the reason that it is refused for. They are the files in the directory
// refused, which are made to be read and added to. It shares no code with package
// message.
//
// A file is blocks of lines with an empty line between two. A line that begins
// with # is a comment. A block is a name, what is sent, and for each request in it
// what must come of it; go test ./pkg/message -run TestRefused -update writes that
// part:
//
//	name leading zero
//	list `[007]`
//	keep r1
//	code invalid_number
//	path numbers[0]
//	says numbers[0]: 007 has a leading zero
//
// What is sent is "list", the numbers of an otherwise sound request, "with", more
// members for a sound request, or "body", all of it. It is one or more Go string
// literals, each with *N behind it to be there N times. "keep" is the request ID
// that it is kept under, "bad-" where it has none of its own. A sound request in
// a packed message has the code ok and no more lines.
package messagetest

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// A Case is one message that must be refused, or that holds a request which must.
type Case struct {
	Name string
	Body []byte
	// List is the list of numbers where that is what is wrong; it may be
	// anything.
	List []byte
	Want []Outcome // one for each request in the message
}

// An Outcome is what must come of a request.
type Outcome struct {
	Keep string // the request ID, or "bad-"
	Code string // "ok" for a sound request
	Path string
	Says string // the message in full
}

//go:embed refused
var files embed.FS

// Cases returns all cases. It panics on files that it cannot read.
func Cases() []Case {
	names, err := fs.Glob(files, "refused/*.txt")
	if err != nil {
		panic(err)
	}
	var cases []Case
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			c, err := parse(block)
			if err != nil {
				panic(fmt.Sprintf("messagetest: %s: %q: %v", name, c.Name, err))
			}
			if c.Name != "" {
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// parse reads a block, which has no name where it is all comment.
func parse(block string) (c Case, err error) {
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		label, rest, _ := strings.Cut(line, " ")
		if label == "name" {
			c.Name = rest
		} else if isSent := c.Body == nil; isSent {
			err = c.send(label, rest)
		} else {
			err = c.expect(label, rest)
		}
		if err != nil {
			return c, fmt.Errorf("%s: %w", label, err)
		}
	}
	return c, nil
}

// send makes the message.
func (c *Case) send(label, literals string) error {
	const sound = `{"schema":"statline.request/v1","request_id":"r1","numbers":`
	text, err := join(literals)
	if err != nil {
		return err
	}
	switch label {
	case "body":
		c.Body = text
	case "list":
		c.List = text
		c.Body = fmt.Appendf(nil, "%s%s}", sound, text)
	case "with":
		c.Body = fmt.Appendf(nil, "%s[1,2],%s}", sound, text)
	default:
		return fmt.Errorf("is not body, list or with")
	}
	return nil
}

// join reads string literals, "a" `b`*3.
func join(literals string) ([]byte, error) {
	text := []byte{}
	for literals != "" {
		quoted, err := strconv.QuotedPrefix(literals)
		if err != nil {
			return nil, err
		}
		part, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		var times string
		times, literals, _ = strings.Cut(literals[len(quoted):], " ")
		n := 1
		if times != "" {
			if n, err = strconv.Atoi(strings.TrimPrefix(times, "*")); err != nil {
				return nil, err
			}
		}
		text = append(text, strings.Repeat(part, n)...)
	}
	return text, nil
}

// expect notes a line about what must come of the message.
func (c *Case) expect(label, text string) error {
	if label == "keep" {
		c.Want = append(c.Want, Outcome{Keep: text})
		return nil
	}
	if len(c.Want) == 0 {
		return fmt.Errorf("stands before keep")
	}
	want := &c.Want[len(c.Want)-1]
	switch label {
	case "code":
		want.Code = text
	case "path":
		want.Path = text
	case "says":
		want.Says = text
	default:
		return fmt.Errorf("is no label")
	}
	return nil
}

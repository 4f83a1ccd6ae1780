package message

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// fields are the keys that a request may have.
var fields = [...]string{
	"schema", "request_id", "numbers", "parts", "client_id", "inbox", "nonce", "sent_at", "deadline", "traceparent",
	"quantiles", "quantile_method",
}

// indexOf is the index of a key in fields, or -1.
func indexOf(key string) int { return slices.Index(fields[:], key) }

// field is the one of fields that a JSON string is, if it is one as it stands. It
// takes no memory, of which every request would.
func field(quoted []byte) (key string, ok bool) {
	for _, f := range fields {
		if len(quoted) == len(f)+2 && string(quoted[1:len(quoted)-1]) == f {
			return f, true
		}
	}
	return "", false
}

// decoder gives the members of an object their meaning. It remembers the first
// fault.
type decoder struct {
	stack  string
	object object
	fault  *Fault
}

func (d *decoder) request() (Request, *Fault) {
	d.schema()
	d.known()
	r := Request{
		ID:          d.text("request_id", ValidID, "must be 1 to 64 of A-Z a-z 0-9 _ -, begin with a letter or digit, not with bad-, and not be last"),
		ClientID:    d.text("client_id", ValidClientID, "must be 1 to 24 of A-Z a-z 0-9 _ - and begin with a letter or digit"),
		Nonce:       d.text("nonce", validNonce, "must be 1 to 128 of A-Z a-z 0-9 _ -"),
		SentAt:      d.time("sent_at"),
		Deadline:    d.time("deadline"),
		TraceParent: d.text("traceparent", validTraceParent, "must be a W3C traceparent"),
		Method:      stats.Method(d.text("quantile_method", func(s string) bool { return stats.Method(s).Valid() }, "must be one of R1 to R9")),
	}
	r.Inbox = d.text("inbox", func(s string) bool { return ValidInbox(d.stack, r.ClientID, s) },
		"must be a queue name: "+InboxPrefix(d.stack, r.ClientID)+" and 16 to 32 letters and digits")
	r.Numbers = d.numbers()
	r.Quantiles = d.quantiles()
	d.required("request_id")
	return r, d.fault
}

func (d *decoder) fail(code Code, path, text string) {
	if d.fault == nil {
		d.fault = faultAt(code, path, text)
	}
}

func (d *decoder) required(key string) bool {
	_, ok := d.object.value(key)
	if !ok {
		d.fail(InvalidField, key, "is required")
	}
	return ok
}

func (d *decoder) schema() {
	v, ok := d.object.value("schema")
	if !ok {
		d.fail(InvalidSchema, "schema", "is required")
		return
	}
	if schema, isText := unquote(v); !isText || schema != RequestSchema {
		d.fail(InvalidSchema, "schema", fmt.Sprintf("must be %q, is %s", RequestSchema, shown(v)))
	}
}

// known refuses a key that is not a request's.
func (d *decoder) known() {
	if d.object.unknown == nil {
		return
	}
	key, text := *d.object.unknown, "is not a field of a request"
	sameFold := func(field string) bool { return strings.EqualFold(field, key) }
	if i := slices.IndexFunc(fields[:], sameFold); i >= 0 {
		text += "; did you mean " + fields[i]
	}
	d.fail(InvalidField, printable(key), text)
}

// text is the value of an optional string that valid accepts.
func (d *decoder) text(key string, valid func(string) bool, rule string) string {
	v, ok := d.object.value(key)
	if !ok {
		return ""
	}
	s, isText := unquote(v)
	if !isText {
		d.fail(InvalidField, key, "must be a string, is "+shown(v))
		return ""
	}
	if !valid(s) {
		d.fail(InvalidField, key, rule+"; is "+shown(v))
		return ""
	}
	return s
}

func (d *decoder) time(key string) time.Time {
	var t time.Time
	d.text(key, func(s string) bool {
		// Package time takes more than RFC 3339 does (golang/go#54580). Nearly all
		// times are of our own form, which is quicker to tell.
		if !hasTimeForm(s) && !timePattern.MatchString(s) || t.UnmarshalText([]byte(s)) != nil {
			return false
		}
		// Nor is the zero time taken, which would stand for no time at all.
		_, offset := t.Zone()
		return offset == 0 && !t.Truncate(time.Millisecond).IsZero()
	}, "must be a time in RFC 3339, UTC, such as 2026-01-31T08:30:00.000Z")
	return t.UTC()
}

// numbers is the list of the request, of which there must be exactly one.
func (d *decoder) numbers() *stats.List {
	if _, ok := d.object.value("parts"); ok {
		d.fail(InvalidField, "parts", "lists in parts are not taken; send numbers")
		return nil
	}
	if !d.required("numbers") {
		return nil
	}
	v, _ := d.object.value("numbers")
	l, isList := d.object.list("numbers")
	if !isList {
		d.fail(InvalidField, "numbers", "must be an array of numbers, is "+shown(v))
		return nil
	}
	if l == nil || l.Len() == 0 {
		d.fail(EmptyList, "numbers", "the list is empty")
	}
	return l
}

func (d *decoder) quantiles() *stats.List {
	v, ok := d.object.value("quantiles")
	if !ok {
		return nil
	}
	l, isList := d.object.list("quantiles")
	if !isList {
		d.fail(InvalidField, "quantiles", "must be an array of numbers, is "+shown(v))
		return nil
	}
	if l == nil || l.Len() == 0 {
		return nil
	}
	if fault := CheckQuantiles(l); fault != nil && d.fault == nil {
		d.fault = fault
	}
	return l
}

// CheckQuantiles says what is wrong with a list of probabilities: there may be at
// most [MaxQuantiles], all different, each from 0 to 1 with at most
// [MaxQuantileDigits] significant digits.
func CheckQuantiles(l *stats.List) *Fault {
	if l.Len() > MaxQuantiles {
		return faultAt(InvalidField, "quantiles", fmt.Sprintf("there are %d; at most %d are allowed", l.Len(), MaxQuantiles))
	}
	seen := map[stats.Figure]bool{}
	for i, p := range numbersOf(l) {
		path := "quantiles[" + strconv.Itoa(i) + "]"
		figure := p.Figure()
		switch {
		case p.Cmp(zero) < 0 || p.Cmp(one) > 0:
			return faultAt(InvalidField, path, shown(figure)+" is not from 0 to 1")
		case p.Digits() > MaxQuantileDigits:
			return faultAt(InvalidField, path, fmt.Sprintf("%s has more than %d digits", shown(figure), MaxQuantileDigits))
		case seen[figure]:
			return faultAt(InvalidField, path, shown(figure)+" is given twice")
		}
		seen[figure] = true
	}
	return nil
}

var zero, one = mustNumber("0"), mustNumber("1")

func mustNumber(token string) stats.Number {
	n, err := stats.ParseNumber(token)
	if err != nil {
		panic(err)
	}
	return n
}

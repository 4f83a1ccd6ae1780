package stats

import (
	"slices"
	"strconv"
)

// A field is one of the figures that every summary has, in the order of its JSON
// form.
type field int

const (
	fieldSum field = iota
	fieldMin
	fieldMax
	fieldMean
	fieldMedian
	fieldVariance
	fieldStdDev
	fieldQ1
	fieldQ3
	fields int = iota
)

// A fieldKey is the key of a field as it stands in the JSON form, with room behind it:
// to write a fixed number of bytes is faster than to write as many as there are.
type fieldKey struct {
	text [maxFieldKey]byte
	n    int
}

const maxFieldKey = 16

var fieldKeys = func() (keys [fields]fieldKey) {
	for f, name := range [fields]string{"sum", "min", "max", "mean", "median", "variance", "stddev", "q1", "q3"} {
		keys[f].n = copy(keys[f].text[:], `,"`+name+`":`)
	}
	return keys
}()

// name is the key of f.
func (f field) name() string {
	key := &fieldKeys[f]
	return string(key.text[2 : key.n-2])
}

// appendKey appends the key of f.
func (f field) appendKey(b []byte) []byte {
	key := &fieldKeys[f]
	b = slices.Grow(b, maxFieldKey)
	copy(b[len(b):][:maxFieldKey], key.text[:])
	return b[:len(b)+key.n]
}

// A draft is the JSON form of a summary, with the places of its figures.
type draft struct {
	count     int
	method    Method
	text      []byte
	start     int // where the JSON form begins
	spans     [fields]span
	quantiles []quantileSpan
}

// A span is a piece of the text; that of a figure that does not exist is empty.
type span struct{ from, to int }

type quantileSpan struct{ p, value span }

// begin begins a draft at the end of the text.
func (d *draft) begin(count int, method Method) {
	d.count, d.method, d.start, d.quantiles = count, method, len(d.text), d.quantiles[:0]
	d.spans = [fields]span{}
	d.text = appendCount(d.text, count)
}

// again drops what has been written, and begins again.
func (d *draft) again() {
	d.text = d.text[:d.start]
	d.begin(d.count, d.method)
}

// key appends the key of f to the text, for the figure to be appended.
func (d *draft) key(f field, b []byte) []byte {
	b = f.appendKey(b)
	d.spans[f].from = len(b)
	return b
}

// end takes the text with the figure of f.
func (d *draft) end(f field, b []byte) []byte {
	d.spans[f].to = len(b)
	return b
}

// quantile appends the key of the quantile of p to the text, for the quantile to be
// appended.
func (d *draft) quantile(p Number, b []byte) []byte {
	b = appendQuantileKey(b, len(d.quantiles))
	q := quantileSpan{p: span{from: len(b)}}
	b = p.append(b)
	q.p.to = len(b)
	b = append(b, `":`...)
	q.value.from = len(b)
	d.quantiles = append(d.quantiles, q)
	return b
}

// endQuantile takes the text with the quantile.
func (d *draft) endQuantile(b []byte) []byte {
	d.quantiles[len(d.quantiles)-1].value.to = len(b)
	return b
}

// finish takes the text with all figures, and writes the end of the JSON form.
func (d *draft) finish(b []byte) { d.text = appendMethod(b, len(d.quantiles), d.method) }

// summary returns the summary, whose figures share one string.
func (d *draft) summary() Summary {
	text := Figure(d.text)
	cut := func(s span) Figure { return text[s.from:s.to] }
	s := Summary{Count: d.count, Method: d.method}
	for f, figure := range s.figures() {
		*figure = cut(d.spans[f])
	}
	if len(d.quantiles) > 0 {
		s.Quantiles = make([]Quantile, len(d.quantiles))
	}
	for i, q := range d.quantiles {
		s.Quantiles[i] = Quantile{cut(q.p), cut(q.value)}
	}
	return s
}

// figures are the fixed figures, by their field.
func (s *Summary) figures() [fields]*Figure {
	return [fields]*Figure{&s.Sum, &s.Min, &s.Max, &s.Mean, &s.Median, &s.Variance, &s.StdDev, &s.Q1, &s.Q3}
}

// AppendJSON appends the summary as a JSON object: count, sum, min, max, mean,
// median, variance, stddev, q1, q3, quantiles, quantile_method, in this order.
// For one number variance and stddev are absent; quantiles, an object keyed by
// probability, is absent when none was asked for.
func (s Summary) AppendJSON(dst []byte) []byte {
	dst = appendCount(dst, s.Count)
	for f, figure := range s.figures() {
		if *figure != "" {
			dst = field(f).appendKey(dst)
			dst = append(dst, *figure...)
		}
	}
	for i, q := range s.Quantiles {
		dst = appendQuantileKey(dst, i)
		dst = append(dst, q.P...)
		dst = append(dst, `":`...)
		dst = append(dst, q.Value...)
	}
	return appendMethod(dst, len(s.Quantiles), s.Method)
}

func appendCount(dst []byte, count int) []byte {
	dst = append(dst, `{"count":`...)
	return strconv.AppendInt(dst, int64(count), 10)
}

// appendQuantileKey begins the key of the i-th member of quantiles.
func appendQuantileKey(dst []byte, i int) []byte {
	if i == 0 {
		return append(dst, `,"quantiles":{"`...)
	}
	return append(dst, `,"`...)
}

// appendMethod ends the object, after so many quantiles.
func appendMethod(dst []byte, quantiles int, m Method) []byte {
	if quantiles > 0 {
		dst = append(dst, '}')
	}
	dst = append(dst, `,"quantile_method":"`...)
	dst = append(dst, m...)
	return append(dst, `"}`...)
}

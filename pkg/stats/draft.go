package stats

import "strconv"

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

// fieldKeys are the keys of the fields as they stand in the JSON form.
var fieldKeys = [fields]string{
	`,"sum":`, `,"min":`, `,"max":`, `,"mean":`, `,"median":`, `,"variance":`, `,"stddev":`, `,"q1":`, `,"q3":`,
}

// name is the key of f.
func (f field) name() string {
	key := fieldKeys[f]
	return key[2 : len(key)-2]
}

// A draft is a summary whose figures stand in one text, in the order in which
// they were computed.
type draft struct {
	count     int
	method    Method
	text      []byte
	last      int // where the figure in work begins
	spans     [fields]span
	quantiles []quantileSpan
}

// A span is a piece of the text; that of a figure that does not exist is empty.
type span struct{ from, to int }

type quantileSpan struct{ p, value span }

// begin empties the draft.
func (d *draft) begin(count int, method Method) {
	d.count, d.method, d.last = count, method, 0
	d.text, d.quantiles = d.text[:0], d.quantiles[:0]
	d.spans = [fields]span{}
}

// end says that the figure that was appended to the text last is that of f.
func (d *draft) end(f field) { d.spans[f] = d.take() }

// endQuantile says that it is the quantile of p.
func (d *draft) endQuantile(p Number) {
	value := d.take()
	d.text = p.append(d.text)
	d.quantiles = append(d.quantiles, quantileSpan{d.take(), value})
}

func (d *draft) take() span {
	s := span{d.last, len(d.text)}
	d.last = s.to
	return s
}

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

// appendJSON appends the JSON form of the summary.
func (d *draft) appendJSON(dst []byte) []byte {
	cut := func(s span) []byte { return d.text[s.from:s.to] }
	dst = appendCount(dst, d.count)
	for f := range fields {
		dst = appendMember(dst, fieldKeys[f], cut(d.spans[f]))
	}
	for i, q := range d.quantiles {
		dst = appendQuantile(dst, i, cut(q.p), cut(q.value))
	}
	return appendMethod(dst, len(d.quantiles), d.method)
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
		dst = appendMember(dst, fieldKeys[f], *figure)
	}
	for i, q := range s.Quantiles {
		dst = appendQuantile(dst, i, q.P, q.Value)
	}
	return appendMethod(dst, len(s.Quantiles), s.Method)
}

func appendCount(dst []byte, count int) []byte {
	dst = append(dst, `{"count":`...)
	return strconv.AppendInt(dst, int64(count), 10)
}

func appendMember[T Figure | []byte](dst []byte, key string, f T) []byte {
	if len(f) == 0 {
		return dst
	}
	dst = append(dst, key...)
	return append(dst, f...)
}

// appendQuantile appends the i-th member of quantiles.
func appendQuantile[T Figure | []byte](dst []byte, i int, p, value T) []byte {
	if i == 0 {
		dst = append(dst, `,"quantiles":{"`...)
	} else {
		dst = append(dst, `,"`...)
	}
	dst = append(dst, p...)
	dst = append(dst, `":`...)
	return append(dst, value...)
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

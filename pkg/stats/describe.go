package stats

import "strconv"

// A Description is what there is to say of a list beside its [Summary].
type Description struct {
	Figures   []NamedFigure // of the [Statistics] that the list has, in their order
	Histogram Histogram
}

// A NamedFigure is a figure with the name of its [Statistic].
type NamedFigure struct {
	Name   string
	Figure Figure
}

// Describe returns the description of l, which holds at least one number.
// Quartiles follow m, which defaults to R7. Describe sorts the list: it is far
// slower than [Summarize], and takes memory for every number. It panics where
// Summarize does.
func Describe(l *List, m Method) Description {
	if m == "" {
		m = R7
	}
	if l.Len() == 0 {
		panic("stats: describe: " + ErrEmpty.Error())
	}
	if err := (Options{Method: m}).Validate(); err != nil {
		panic("stats: describe: " + err.Error())
	}
	v := newSurvey(l, m)
	d := Description{Histogram: v.histogram()}
	for _, s := range statistics {
		if f := s.compute(v); f != "" {
			d.Figures = append(d.Figures, NamedFigure{s.Name, f})
		}
	}
	return d
}

// Figure returns the figure of that name, or none.
func (d Description) Figure(name string) Figure {
	for _, f := range d.Figures {
		if f.Name == name {
			return f.Figure
		}
	}
	return ""
}

// AppendJSON appends the description as a JSON object: its figures under their
// names, without those that the list does not have, and histogram, an object
// of the arrays edges and counts.
func (d Description) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for _, f := range d.Figures {
		dst = strconv.AppendQuote(dst, f.Name)
		dst = append(dst, ':')
		dst = append(dst, f.Figure...)
		dst = append(dst, ',')
	}
	dst = append(dst, `"histogram":{"edges":[`...)
	for i, edge := range d.Histogram.Edges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, edge...)
	}
	dst = append(dst, `],"counts":[`...)
	for i, count := range d.Histogram.Counts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(count), 10)
	}
	return append(dst, "]}}"...)
}

package dynamodb

import (
	"github.com/statline/statline/pkg/local/internal/wire"
)

// pageSize is how much a page holds before filtering: it ends with the row that
// reaches it ("Paginating table query results in DynamoDB", 1 MB).
const pageSize = 1 << 20

// scan prepares Scan.
func (s *Service) scan(c *wire.Call) (action, error) {
	return s.search(c, false)
}

// checkSegments refuses a part of a parallel scan that is none.
func (in *searchInput) checkSegments() error {
	switch {
	case in.TotalSegments == nil && in.Segment == nil:
		return nil
	case in.TotalSegments == nil:
		return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case in.Segment == nil:
		return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case *in.Segment >= *in.TotalSegments:
		return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *in.Segment, *in.TotalSegments)
	default:
		return nil
	}
}

// run reads one page.
func (q *search) run(t *table) (*searchOutput, error) {
	v, err := q.view(t)
	if err != nil {
		return nil, err
	}
	if err := q.check(v); err != nil {
		return nil, err
	}
	span, err := q.span(v)
	if err != nil {
		return nil, err
	}
	return q.page(v, span), nil
}

// check refuses what does not fit the keys of the view.
func (q *search) check(v *view) error {
	if q.isQuery {
		if err := q.conditions.check(v.key); err != nil {
			return err
		}
	}
	if q.projection != nil {
		if err := v.table.checkPaths(q.projection.paths); err != nil {
			return err
		}
	}
	if q.filter == nil {
		return nil
	}
	for _, a := range v.key.attributes() {
		if q.isQuery && names(q.filter.paths, a.name, false) {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", a.name)
		}
	}
	return v.table.checkPaths(q.filter.paths)
}

func (q *search) forward() bool { return q.ScanIndexForward == nil || *q.ScanIndexForward }

// span is the range of rows that is left to read.
func (q *search) span(v *view) (span, error) {
	var s span
	switch {
	case q.isQuery:
		s = q.conditions.span(v.key)
	case q.TotalSegments != nil:
		s = segment(*q.Segment, *q.TotalSegments)
	}
	if q.ExclusiveStartKey == nil {
		return s, nil
	}
	start, err := v.startKey(q.ExclusiveStartKey.values)
	if err != nil {
		return s, err
	}
	if !s.holds(start) {
		return s, q.outside()
	}
	if q.forward() {
		s.from = start + "\x00"
	} else {
		s.to = start
	}
	return s, nil
}

// outside is the refusal of a start that the search does not pass.
func (q *search) outside() error {
	switch {
	case !q.isQuery:
		return invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d", *q.TotalSegments, *q.Segment)
	case len(q.conditions) == 1:
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	default:
		return invalid("The provided starting key does not match the range key predicate")
	}
}

// startKey is the row key that an ExclusiveStartKey means: the keys of the table
// and of the index. There need be no such row.
func (v *view) startKey(start item) (string, error) {
	const refusal = "The provided starting key is invalid"
	names := v.keyNames()
	if len(start) != len(names) {
		return "", invalid(refusal)
	}
	for name := range names {
		if start[name] == nil {
			return "", invalid(refusal)
		}
	}
	primary := v.table.key.key(start)
	if err := v.table.key.checkKey(primary); err != nil {
		return "", invalid(refusal+": %s", text(err))
	}
	key := v.table.key.encode(primary)
	if v.index == nil {
		return key, nil
	}
	if err := v.key.checkKey(v.key.key(start)); err != nil {
		return "", invalid(refusal+": %s", text(err))
	}
	return v.key.encode(start) + key, nil
}

// keyNames are the attributes that say where a row of the view stands.
func (v *view) keyNames() map[string]bool {
	names := map[string]bool{}
	for _, k := range []keySchema{v.table.key, v.key} {
		for _, a := range k.attributes() {
			names[a.name] = true
		}
	}
	return names
}

// page reads rows until the limit, the size of a page or the end of the span. It
// gives a LastEvaluatedKey whenever one of the first two stopped it, even where
// no row follows, as DynamoDB does.
func (q *search) page(v *view, s span) *searchOutput {
	out := &searchOutput{}
	size := 0
	if q.Select != "COUNT" {
		out.Items = []item{}
	}
	for r := range v.rows.in(s, q.forward()) {
		out.ScannedCount++
		size += r.size
		if q.filter == nil || q.filter.holds(r.item) {
			out.Count++
			if out.Items != nil {
				out.Items = append(out.Items, q.projection.of(r.item))
			}
		}
		if q.Limit != nil && out.ScannedCount == *q.Limit || size >= pageSize {
			out.LastEvaluatedKey = v.place(r)
			break
		}
	}
	out.ConsumedCapacity = q.usage(v, size).report(q.ReturnConsumedCapacity)
	return out
}

// place is the key of a row as LastEvaluatedKey shows it.
func (v *view) place(r row) item {
	place := item{}
	for name := range v.keyNames() {
		place[name] = r.item[name]
	}
	return place
}

func (q *search) usage(v *view, size int) *usage {
	u := newUsage(v.table.id.name)
	units := readUnits(size, q.ConsistentRead)
	if v.index == nil {
		u.table = units
	} else {
		u.index(v.index.name, units)
	}
	return u
}

package dynamodb

import (
	"slices"
)

// index is a global secondary index. It is sparse: it holds the items that have
// its key's attributes, and of each the attributes that it projects.
type index struct {
	name      string
	key       keySchema
	all       bool     // whether it projects everything
	projected []string // else what it projects: both keys and what it includes
	rows      rows
}

func newIndex(d *indexDefinition, table keySchema, attributes []attributeDefinition) *index {
	x := &index{name: d.IndexName, key: newKeySchema(d.KeySchema, attributes), all: d.Projection.ProjectionType == "ALL"}
	for _, a := range slices.Concat(table.attributes(), x.key.attributes()) {
		x.projected = append(x.projected, a.name)
	}
	x.projected = append(x.projected, d.Projection.NonKeyAttributes...)
	return x
}

// row is the index's row for a row of the table, without an item where the index
// has none.
func (x *index) row(of row) row {
	if of.item == nil || !x.key.fits(of.item) {
		return row{}
	}
	r := row{key: x.key.encode(of.item) + of.key, item: of.item, size: of.size}
	if !x.all {
		r.item = x.project(of.item)
		r.size = itemSize(r.item)
	}
	return r
}

func (x *index) project(it item) item {
	part := make(item, len(x.projected))
	for _, name := range x.projected {
		if v := it[name]; v != nil {
			part[name] = v
		}
	}
	return part
}

// follow makes the index follow a change in the table.
func (x *index) follow(before, after row) {
	old, new := x.row(before), x.row(after)
	if old.item != nil && old.key != new.key {
		x.rows.remove(old.key)
	}
	if new.item != nil {
		x.rows.put(new)
	}
}

// units is what the change costs in the index: nothing where the index does not
// see it, a write for a row that comes, goes or changes, two for one that
// changes its key ("Using Global Secondary Indexes in DynamoDB", provisioned
// throughput considerations).
func (x *index) units(before, after row) float64 {
	old, new := x.row(before), x.row(after)
	switch {
	case old.key != new.key:
		return writeUnits(old) + writeUnits(new)
	case equalMaps(old.item, new.item):
		return 0
	default:
		return max(writeUnits(old), writeUnits(new))
	}
}

// checkKey refuses an item whose attribute cannot be a key of the index. One
// that is not there is no matter.
func (x *index) checkKey(it item) error {
	for i, a := range x.key.attributes() {
		v := it[a.name]
		switch {
		case v == nil:
			continue
		case v.kind() != a.kind:
			return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, v.kind(), x.name)
		case sortable(v) == "":
			return invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s", emptyKind(v), x.name, a.name)
		case i == 0 && v.size() > maxHashKey:
			return invalidParameter("Size of hashkey has exceeded the maximum size limit of%d bytes", maxHashKey)
		case i == 1 && v.size() > maxSortKey:
			return invalidParameter("Aggregated size of all range keys has exceeded the size limit of %d bytes", maxSortKey)
		}
	}
	return nil
}

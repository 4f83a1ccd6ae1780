package dynamodb

import "math"

// consumed is what an operation used of a table's capacity: a write unit for
// each KB of the larger of the old and the new item, a read unit for each 4 KB,
// half of that for an eventually consistent read, and twice everything in a
// transaction ("DynamoDB read and write operations").
type consumed struct {
	TableName              string
	CapacityUnits          float64
	ReadCapacityUnits      float64              `json:",omitempty"` // in transactions only
	WriteCapacityUnits     float64              `json:",omitempty"`
	Table                  *capacity            `json:",omitempty"`
	GlobalSecondaryIndexes map[string]*capacity `json:",omitempty"`
}

type capacity struct {
	CapacityUnits      float64
	ReadCapacityUnits  float64 `json:",omitempty"`
	WriteCapacityUnits float64 `json:",omitempty"`
}

const (
	writeUnit = 1024
	readUnit  = 4096
)

// usage adds up what an operation uses of one table.
type usage struct {
	name    string
	table   float64
	indexes map[string]float64
}

func newUsage(name string) *usage { return &usage{name: name, indexes: map[string]float64{}} }

// write adds the effect of one mutation.
func (u *usage) write(e *effect) {
	u.table += max(1, writeUnits(e.before), writeUnits(e.after))
	for _, x := range e.table.indexes {
		u.index(x.name, x.units(e.before, e.after))
	}
}

// refused adds a mutation that found what it must not find: it costs the table
// what it would have, and the indexes nothing.
func (u *usage) refused(e *effect) { u.table += max(1, writeUnits(e.before), writeUnits(e.after)) }

func (u *usage) index(name string, units float64) {
	if units > 0 {
		u.indexes[name] += units
	}
}

// writeUnits is what writing the row costs, nothing where there is none.
func writeUnits(r row) float64 {
	if r.item == nil {
		return 0
	}
	return max(1, math.Ceil(float64(r.size)/writeUnit))
}

// readUnits is what reading size bytes costs.
func readUnits(size int, consistent bool) float64 {
	units := max(1, math.Ceil(float64(size)/readUnit))
	if !consistent {
		units /= 2
	}
	return units
}

// report is the usage as the request wants it: nil, the total, or by index too.
func (u *usage) report(wanted string) *consumed {
	if wanted != "TOTAL" && wanted != "INDEXES" {
		return nil
	}
	r := &consumed{TableName: u.name, CapacityUnits: u.table}
	for _, units := range u.indexes {
		r.CapacityUnits += units
	}
	if wanted == "TOTAL" {
		return r
	}
	r.Table = &capacity{CapacityUnits: u.table}
	for name, units := range u.indexes {
		if r.GlobalSecondaryIndexes == nil {
			r.GlobalSecondaryIndexes = map[string]*capacity{}
		}
		r.GlobalSecondaryIndexes[name] = &capacity{CapacityUnits: units}
	}
	return r
}

// transacted is the report of a transaction, which doubles everything and says
// whether it read or wrote.
func (u *usage) transacted(wanted string, writes bool) *consumed {
	r := u.report(wanted)
	if r == nil {
		return nil
	}
	double := func(units, reads, wrote *float64) {
		*units *= 2
		if writes {
			*wrote = *units
		} else {
			*reads = *units
		}
	}
	double(&r.CapacityUnits, &r.ReadCapacityUnits, &r.WriteCapacityUnits)
	if r.Table != nil {
		double(&r.Table.CapacityUnits, &r.Table.ReadCapacityUnits, &r.Table.WriteCapacityUnits)
	}
	for _, x := range r.GlobalSecondaryIndexes {
		double(&x.CapacityUnits, &x.ReadCapacityUnits, &x.WriteCapacityUnits)
	}
	return r
}

// usages are those of several tables, in the order of their first use.
type usages []*usage

func (us *usages) of(t *table) *usage {
	for _, u := range *us {
		if u.name == t.id.name {
			return u
		}
	}
	u := newUsage(t.id.name)
	*us = append(*us, u)
	return u
}

func (us *usages) write(e *effect) { us.of(e.table).write(e) }

// reports are the usages as the request wants them, nil for nothing.
func (us usages) reports(wanted string) (all []*consumed) {
	for _, u := range us {
		if r := u.report(wanted); r != nil {
			all = append(all, r)
		}
	}
	return all
}

package dynamodb

import (
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxItem is the largest item in bytes ("Quotas in Amazon DynamoDB": item size,
// 400 KB with the names).
const maxItem = 409600

// mutationKind is what a mutation does.
type mutationKind string

const (
	put    mutationKind = "Put"
	amend  mutationKind = "Update"
	remove mutationKind = "Delete"
	check  mutationKind = "ConditionCheck"
)

// mutation is a write of one item as a request asks for it.
type mutation struct {
	kind      mutationKind
	table     string
	item      item    // the item to put, else the key
	condition *clause // nil is no condition
	update    *update // nil is an update that changes nothing
	showItem  bool    // whether a failed condition shows the item
}

// effect is what a mutation does to a table. The key of both rows is the same.
type effect struct {
	table         *table
	before, after row
}

// checkFit refuses a mutation that does not fit the table's keys, whatever the
// table holds.
func (m *mutation) checkFit(t *table) error {
	if m.kind == put {
		if err := t.key.checkItem(m.item); err != nil {
			return err
		}
		for _, x := range t.indexes {
			if err := x.checkKey(m.item); err != nil {
				return err
			}
		}
		return nil
	}
	if err := t.key.checkKey(m.item); err != nil {
		return err
	}
	if m.update == nil {
		return nil
	}
	for _, a := range t.key.attributes() {
		if names(m.update.targets, a.name, false) {
			return invalidParameter("Cannot update attribute %s. This attribute is part of the key", a.name)
		}
	}
	for _, x := range t.indexes {
		if err := m.update.checkSetKinds(x); err != nil {
			return err
		}
	}
	return t.checkPaths(m.update.paths)
}

// checkSetKinds refuses an update that sets a key of the index to a value that
// is known to be of another kind.
func (u *update) checkSetKinds(x *index) error {
	for _, a := range x.key.attributes() {
		node := u.tree.children[step{name: a.name}]
		if node == nil || !node.end {
			continue
		}
		if kind := setKind(node.leaf.set); kind != "" && kind != a.kind {
			return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, kind, x.name)
		}
	}
	return nil
}

// checkPaths refuses paths into keys, which hold nothing to lead into.
func (t *table) checkPaths(paths []path) error {
	const refusal = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
	for _, a := range t.key.attributes() {
		if names(paths, a.name, true) {
			return invalid("%s", refusal+"Key: "+a.name)
		}
	}
	for _, x := range t.indexes {
		for _, a := range x.key.attributes() {
			if names(paths, a.name, true) {
				return invalid("%s", refusal+"IndexKey: "+a.name)
			}
		}
	}
	return nil
}

// plan works out what a mutation that fits does, without doing it.
func (m *mutation) plan(t *table) (effect, error) {
	before := t.rows.get(t.key.encode(m.item))
	e := effect{table: t, before: before, after: before}
	if m.condition != nil && !m.condition.holds(before.item) {
		return e, m.conditionFailed(before.item)
	}
	switch m.kind {
	case put:
		e.after = row{before.key, m.item, itemSize(m.item)}
	case remove:
		e.after = row{key: before.key}
	case amend:
		after, err := m.amended(t, before)
		e.after = after
		return e, err
	}
	return e, nil
}

func (m *mutation) conditionFailed(it item) error {
	e := &wire.Error{Code: "ConditionalCheckFailedException", Message: "The conditional request failed"}
	if m.showItem && it != nil {
		e.Members = map[string]any{"Item": it}
	}
	return e
}

// amended is the row after an update. An item that is not there comes to be,
// with its key at least, unless the update only removes and deletes.
func (m *mutation) amended(t *table, before row) (row, error) {
	old := before.item
	if old == nil {
		if m.update != nil && !m.update.adds {
			return before, nil
		}
		old = t.key.key(m.item)
	}
	if m.update == nil {
		return row{before.key, old, itemSize(old)}, nil
	}
	new, err := m.update.apply(old)
	if err != nil {
		return before, err
	}
	after := row{before.key, new, itemSize(new)}
	return after, m.checkAmended(t, after)
}

func (m *mutation) checkAmended(t *table, after row) error {
	if after.size > maxItem {
		return invalid("Item size to update has exceeded the maximum allowed size")
	}
	if depth(after.item) > maxNesting+1 { // the item itself is no level
		return invalid("Nesting Levels have exceeded supported limits")
	}
	for _, x := range t.indexes {
		for _, a := range x.key.attributes() {
			if !names(m.update.targets, a.name, false) {
				continue
			}
			if err := checkAmendedKey(after.item[a.name], a.kind); err != nil {
				return err
			}
		}
		if err := x.checkKey(m.update.touched(after.item)); err != nil {
			return err
		}
	}
	return nil
}

func checkAmendedKey(v value, kind string) error {
	switch {
	case v == nil:
		return nil
	case v.kind() != kind:
		return invalid("The update expression attempted to update the secondary index key to unsupported type")
	case sortable(v) == "":
		return invalid("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty %s value.", emptyKind(v))
	default:
		return nil
	}
}

// touched is the part of an item that the update has to do with.
func (u *update) touched(it item) item {
	part := item{}
	for _, p := range u.targets {
		if v := it[p[0].name]; v != nil {
			part[p[0].name] = v
		}
	}
	return part
}

// depth is how deep lists and maps hold one another in v.
func depth(v value) int {
	deepest := 0
	switch v := v.(type) {
	case mapValue:
		for _, e := range v {
			deepest = max(deepest, depth(e))
		}
	case listValue:
		for _, e := range v {
			deepest = max(deepest, depth(e))
		}
	default:
		return 0
	}
	return deepest + 1
}

// commit makes the effect happen. One that changes nothing because there is
// nothing to change writes nothing.
func (e *effect) commit(tx *store.Tx) {
	if e.before.item != nil || e.after.item != nil {
		e.table.replace(tx, e.before, e.after)
	}
}

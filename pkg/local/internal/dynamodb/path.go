package dynamodb

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A path leads to an attribute or into one: a.b[3]. Its first step is a name.
type path []step

// step is a name, or an index where name is the empty string.
type step struct {
	name  string
	index int
}

func (s step) isIndex() bool { return s.name == "" }

// String is the path as DynamoDB's refusals show it: [a, b, [3]].
func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		if i > 0 {
			b.WriteString(", ")
		}
		if s.isIndex() {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		} else {
			b.WriteString(s.name)
		}
	}
	return "[" + b.String() + "]"
}

// in is what the path leads to, nil where there is nothing.
func (p path) in(it item) value {
	var at value = it
	for _, s := range p {
		if at = s.in(at); at == nil {
			return nil
		}
	}
	return at
}

func (s step) in(v value) value {
	switch v := v.(type) {
	case mapValue:
		if !s.isIndex() {
			return v[s.name]
		}
	case listValue:
		if s.isIndex() && s.index < len(v) {
			return v[s.index]
		}
	}
	return nil
}

// A pathTree holds paths of which none leads through another. Its leaf says
// what an update does at the end of a path; a projection has none.
type pathTree struct {
	path     path // that made the node, for the refusals
	leaf     *updateAction
	end      bool
	children map[step]*pathTree
}

// add puts p into the tree. The refusal is that of two paths that overlap, or
// that take the same place for a map and for a list.
func (t *pathTree) add(p path, leaf *updateAction) error {
	node := t
	for _, s := range p {
		if node.end {
			return clash("overlap", node.path, p)
		}
		for other, child := range node.children {
			if other.isIndex() != s.isIndex() {
				return clash("conflict", child.path, p)
			}
		}
		next := node.children[s]
		if next == nil {
			next = &pathTree{path: p}
			if node.children == nil {
				node.children = map[step]*pathTree{}
			}
			node.children[s] = next
		}
		node = next
	}
	if node.end || len(node.children) > 0 {
		return clash("overlap", node.path, p)
	}
	node.end, node.leaf = true, leaf
	return nil
}

func clash(how string, one, two path) error {
	return invalid("Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", how, one, two)
}

// steps are the node's children in order: by name, or by index.
func (t *pathTree) steps() []step {
	return slices.SortedFunc(maps.Keys(t.children), func(a, b step) int {
		if a.index != b.index {
			return a.index - b.index
		}
		return strings.Compare(a.name, b.name)
	})
}

// project is the part of v that the tree's paths lead to, in the places where
// it stands; the elements of a list close up. It is nil where there is none.
func (t *pathTree) project(v value) value {
	if t.end {
		return v
	}
	switch v.(type) {
	case mapValue:
		part := mapValue{}
		for _, s := range t.steps() {
			if found := t.children[s].project(s.in(v)); found != nil {
				part[s.name] = found
			}
		}
		if len(part) > 0 {
			return part
		}
	case listValue:
		var part listValue
		for _, s := range t.steps() {
			if found := t.children[s].project(s.in(v)); found != nil {
				part = append(part, found)
			}
		}
		if len(part) > 0 {
			return part
		}
	}
	return nil
}

// projectItem is the projection of an item, which may come out empty but not
// nil.
func (t *pathTree) projectItem(it item) item {
	if part, ok := t.project(it).(mapValue); ok {
		return part
	}
	return item{}
}

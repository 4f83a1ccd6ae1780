package message

import "encoding/json"

// members are the values of the top-level keys of an object that may be broken:
// for each key one entry an occurrence, nil where the value is no string.
type members map[string][]*string

// only is the string that is the value of key, if key occurs exactly once.
func (m members) only(key string) (string, bool) {
	v := m[key]
	if len(v) != 1 || v[0] == nil {
		return "", false
	}
	return *v[0], true
}

// salvage reads the top-level members of what should be one JSON object, as far
// as its quotes and brackets allow, whatever else is wrong with it. Members of
// anything that follows the object count as well: what is there twice is not
// known.
func salvage(data []byte) members {
	found := members{}
	depth := 0
	for i := 0; i < len(data); {
		switch c := data[i]; c {
		case '"':
			end := stringEnd(data, i)
			if depth == 1 {
				if key, value, isMember := member(data, i, end); isMember {
					found[key] = append(found[key], value)
				}
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
	}
	return found
}

// stringEnd is the index after the JSON string that begins at i, or the end of
// data where the string does not end.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// member reads the member whose key is the string data[start:end], if a colon
// makes it one.
func member(data []byte, start, end int) (key string, value *string, ok bool) {
	s := scanner{data: data, pos: end}
	if !s.take(':') || json.Unmarshal(data[start:end], &key) != nil {
		return "", nil, false
	}
	s.space()
	if s.peek() == '"' {
		var v string
		if json.Unmarshal(data[s.pos:stringEnd(data, s.pos)], &v) == nil {
			value = &v
		}
	}
	return key, value, true
}

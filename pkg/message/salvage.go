package message

// members are those top-level members of an object, which may be broken, that say
// what it is and whom to answer.
type members map[string]salvaged

// salvaged is the value of a key.
type salvaged struct {
	text    string // of the first occurrence,
	isText  bool   // if that is a string
	another bool   // whether the key occurs again
}

// only is the string that is the value of key, if key occurs exactly once.
func (m members) only(key string) (string, bool) {
	v := m[key]
	return v.text, v.isText && !v.another
}

// add notes a key and its value, which may be anything.
func (m members) add(key string, value []byte) {
	switch key {
	case "schema", "request_id", "client_id", "inbox", "nonce", "traceparent":
	default:
		return
	}
	v, again := m[key]
	if again {
		v.another = true
	} else if len(value) > 0 && value[0] == '"' {
		v.text, v.isText = unquote(value[:stringEnd(value, 0)])
	}
	m[key] = v
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
					found.add(key, value)
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
// makes it one. The value is where data goes on.
func member(data []byte, start, end int) (key string, value []byte, ok bool) {
	s := scanner{data: data, pos: end}
	if !s.take(':') {
		return "", nil, false
	}
	s.space()
	key, ok = unquote(data[start:end])
	return key, data[s.pos:], ok
}

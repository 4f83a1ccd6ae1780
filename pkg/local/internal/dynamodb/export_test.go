package dynamodb

// What the tests look at from inside.

// Number is a number that has been parsed.
type Number = number

// ParseNumber parses a number.
func ParseNumber(text string) (Number, error) { return parseNumber(text) }

// Compare orders two numbers.
func Compare(a, b Number) int { return a.compare(b) }

// Add adds two numbers.
func Add(a, b Number) (Number, error) { return a.add(b) }

// SortKey encodes a number so that it sorts.
func SortKey(n Number) string { return n.sortKey() }

// NumberSize is what the number counts for in an item.
func NumberSize(n Number) int { return n.size() }

// ParseExpression parses an expression of the kind that what names, with the
// placeholders #a and :a.
func ParseExpression(what, source string) error {
	refs := &placeholders{names: map[string]string{"#a": "a"}, values: item{":a": stringValue("a")}}
	var err error
	switch what {
	case "UpdateExpression":
		_, err = parseUpdate(source, refs)
	case "ProjectionExpression":
		_, err = parseProjection(source, refs)
	default:
		_, err = parseCondition(what, source, refs)
	}
	return err
}

// ParseInsert parses a statement into the name of its table, the names of its
// attributes and its item as JSON, with the parameters in their places.
func ParseInsert(source string, parameters ...string) (table string, names []string, it []byte, err error) {
	s, err := parseStatement("ExecuteStatement", source)
	if err != nil {
		return "", nil, nil, err
	}
	var values []value
	for i := range s.parameters {
		v := stringValue("")
		if i < len(parameters) {
			v = stringValue(parameters[i])
		}
		values = append(values, v)
	}
	full, err := s.item(values)
	return s.table, s.names, appendMap(nil, full), err
}

// ErrorCode is the code of a refusal.
func ErrorCode(err error) string { return code(err) }

// Reserved says whether a word is reserved.
func Reserved(word string) bool { return reserved(word) }

// ReservedWords are all of them, divided by spaces.
const ReservedWords = reservedWords

// Rows is an ordered list of rows of which only the keys count.
type Rows struct{ rows rows }

// Put puts a row in.
func (r *Rows) Put(key string) { r.rows.put(row{key: key, size: 1}) }

// Remove takes a row away.
func (r *Rows) Remove(key string) { r.rows.remove(key) }

// Keys are the keys of a span in order or in reverse.
func (r *Rows) Keys(from, to string, forward bool) []string {
	keys := []string{}
	for row := range r.rows.in(span{from, to}, forward) {
		keys = append(keys, row.key)
	}
	return keys
}

// Count is how many rows there are, twice: counted and by their sizes.
func (r *Rows) Count() (count, bytes int) { return r.rows.count, r.rows.bytes }

// Operations are all that the service has.
var Operations = []string{
	"PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
	"ExecuteStatement", "BatchExecuteStatement",
	"CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "ListTables", "DescribeTimeToLive", "UpdateTimeToLive",
	"DescribeContinuousBackups", "UpdateContinuousBackups", "ListTagsOfResource", "TagResource", "UntagResource",
}

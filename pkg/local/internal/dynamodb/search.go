package dynamodb

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// searchInput is the input of Query and Scan.
type searchInput struct {
	TableName, IndexName      string
	KeyConditionExpression    *string
	FilterExpression          *string
	ProjectionExpression      *string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues *attributes
	ScanIndexForward          *bool
	ConsistentRead            bool
	Limit                     *int
	Segment, TotalSegments    *int
	ExclusiveStartKey         *attributes
	Select                    string
	ReturnConsumedCapacity    string

	KeyConditions, QueryFilter, ScanFilter, ConditionalOperator, AttributesToGet json.RawMessage
}

type searchOutput struct {
	Items            []item `json:",omitzero"`
	Count            int
	ScannedCount     int
	LastEvaluatedKey item      `json:",omitempty"`
	ConsumedCapacity *consumed `json:",omitempty"`
}

// search is a Query or Scan, checked as far as it can be without the table.
type search struct {
	*searchInput
	isQuery    bool
	conditions keyConditions // of a query
	filter     *clause
	projection *projection
}

// The most rows and segments that one may ask for.
const (
	maxLimit    = 1<<31 - 1
	maxSegments = 1000000
)

func (in *searchInput) constrain() error {
	var c constraints
	c.enum(in.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	c.optionalName(in.IndexName, "indexName")
	c.capacity(in.ReturnConsumedCapacity)
	c.name(in.TableName, "tableName")
	c.between(in.Limit, "limit", bounds{1, maxLimit})
	c.between(in.Segment, "segment", bounds{0, maxSegments - 1})
	c.between(in.TotalSegments, "totalSegments", bounds{1, maxSegments})
	return c.err()
}

// given are the names of the expressions that the input has.
func (in *searchInput) given() []string {
	var given []string
	for _, e := range []struct {
		name string
		text *string
	}{{"ProjectionExpression", in.ProjectionExpression}, {"FilterExpression", in.FilterExpression}, {"KeyConditionExpression", in.KeyConditionExpression}} {
		if e.text != nil {
			given = append(given, e.name)
		}
	}
	return given
}

func (in *searchInput) checkParameters(isQuery bool) error {
	given := in.given()
	err := legacy([]unsupported{
		{"AttributesToGet", in.AttributesToGet}, {"QueryFilter", in.QueryFilter}, {"ScanFilter", in.ScanFilter},
		{"ConditionalOperator", in.ConditionalOperator}, {"KeyConditions", in.KeyConditions},
	}, given...)
	if err != nil {
		return err
	}
	missing := "FilterExpression is null"
	if isQuery {
		missing = "FilterExpression and KeyConditionExpression are null"
	}
	if len(given) == 0 {
		err = checkUnreferenced(in.ExpressionAttributeNames, in.ExpressionAttributeValues, missing)
	} else if given[len(given)-1] == "ProjectionExpression" {
		err = checkUnreferenced(nil, in.ExpressionAttributeValues, missing)
	}
	switch {
	case err != nil:
		return err
	case isQuery && in.KeyConditionExpression == nil:
		return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	case in.ExclusiveStartKey != nil && in.ExclusiveStartKey.refused != nil:
		return invalid("The provided starting key is invalid: %s", text(in.ExclusiveStartKey.refused))
	default:
		return in.checkSelect(isQuery)
	}
}

// checkSelect refuses a Select that contradicts the rest.
func (in *searchInput) checkSelect(isQuery bool) error {
	what := "Scanning"
	if isQuery {
		what = "Querying"
	}
	switch {
	case in.Select == "SPECIFIC_ATTRIBUTES" && in.ProjectionExpression == nil:
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case in.Select == "ALL_PROJECTED_ATTRIBUTES" && in.IndexName == "":
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when %s using an IndexName", what)
	case in.ProjectionExpression != nil && in.Select != "" && in.Select != "SPECIFIC_ATTRIBUTES":
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", in.Select)
	default:
		return nil
	}
}

func (in *searchInput) parse(isQuery bool) (*search, error) {
	refs, err := newPlaceholders(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	q := &search{searchInput: in, isQuery: isQuery}
	if isQuery {
		keys, err := parseCondition("KeyConditionExpression", *in.KeyConditionExpression, refs)
		if err != nil {
			return nil, err
		}
		q.conditions = keyConditions{}
		if err := q.conditions.add(keys.condition); err != nil {
			return nil, err
		}
	}
	if in.FilterExpression != nil {
		if q.filter, err = parseCondition("FilterExpression", *in.FilterExpression, refs); err != nil {
			return nil, err
		}
	}
	if in.ProjectionExpression != nil {
		if q.projection, err = parseProjection(*in.ProjectionExpression, refs); err != nil {
			return nil, err
		}
	}
	return q, refs.unused()
}

// query prepares Query.
func (s *Service) query(c *wire.Call) (action, error) {
	return s.search(c, true)
}

func (s *Service) search(c *wire.Call, isQuery bool) (action, error) {
	in := &searchInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	if err := in.checkParameters(isQuery); err != nil {
		return nil, err
	}
	if !isQuery {
		if err := in.checkSegments(); err != nil {
			return nil, err
		}
	}
	q, err := in.parse(isQuery)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.table(tx, c, in.TableName)
		if err != nil {
			return nil, err
		}
		return q.run(t)
	}, nil
}

// view is what a search reads: a table, or an index of one.
type view struct {
	table *table
	index *index // nil for the table
	key   keySchema
	rows  *rows
}

func (q *search) view(t *table) (*view, error) {
	if q.IndexName == "" {
		return &view{t, nil, t.key, &t.rows}, nil
	}
	x, err := t.index(q.IndexName)
	switch {
	case err != nil:
		return nil, err
	case q.ConsistentRead:
		return nil, invalid("Consistent reads are not supported on global secondary indexes")
	case q.Select == "ALL_ATTRIBUTES" && !x.all:
		return nil, invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", x.name)
	default:
		return &view{t, x, x.key, &x.rows}, q.checkProjected(x)
	}
}

// checkProjected refuses to ask an index for what it does not hold.
func (q *search) checkProjected(x *index) error {
	if x.all || q.projection == nil {
		return nil
	}
	var missing []string
	for _, p := range q.projection.paths {
		if !slices.Contains(x.projected, p[0].name) {
			missing = append(missing, p[0].name)
		}
	}
	if len(missing) > 0 {
		return invalidParameter("Global secondary index %s does not project [%s]", x.name, strings.Join(missing, ", "))
	}
	return nil
}

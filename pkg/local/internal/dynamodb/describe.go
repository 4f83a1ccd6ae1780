package dynamodb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// description is a table as DescribeTable shows it. Counts and sizes are those
// of the moment.
type description struct {
	AttributeDefinitions      []attributeDefinition `json:",omitempty"`
	TableName                 string
	KeySchema                 []keyElement `json:",omitempty"`
	TableStatus               string
	CreationDateTime          epoch
	ProvisionedThroughput     describedThroughput
	TableSizeBytes            int
	ItemCount                 int
	TableArn                  string
	TableId                   string
	BillingModeSummary        *billingSummary              `json:",omitempty"`
	GlobalSecondaryIndexes    []indexDescription           `json:",omitempty"`
	SSEDescription            *encryptionSummary           `json:",omitempty"`
	TableClassSummary         *struct{ TableClass string } `json:",omitempty"`
	DeletionProtectionEnabled bool
}

type describedThroughput struct {
	NumberOfDecreasesToday int
	throughput
}

type billingSummary struct {
	BillingMode                       string
	LastUpdateToPayPerRequestDateTime *epoch `json:",omitempty"`
}

type encryptionSummary struct{ Status, SSEType, KMSMasterKeyArn string }

type indexDescription struct {
	IndexName             string
	KeySchema             []keyElement
	Projection            *projectionDefinition
	IndexStatus           string
	ProvisionedThroughput describedThroughput
	IndexSizeBytes        int
	ItemCount             int
	IndexArn              string
}

// epoch is a time as the protocol writes it: seconds since 1970, with
// milliseconds.
type epoch time.Time

// MarshalJSON writes the seconds.
func (e epoch) MarshalJSON() ([]byte, error) {
	ms := time.Time(e).UnixMilli()
	return fmt.Appendf(nil, "%d.%03d", ms/1000, ms%1000), nil
}

func (t *table) describe(c *wire.Call, status string) *description {
	d := &description{
		AttributeDefinitions: slices.Clone(t.about.Attributes), TableName: t.id.name, KeySchema: t.about.Keys,
		TableStatus: status, CreationDateTime: epoch(t.about.Created),
		ProvisionedThroughput: describedThroughput{throughput: t.about.Throughput},
		TableSizeBytes:        t.rows.bytes, ItemCount: t.rows.count, TableArn: t.arn(c.Account), TableId: t.about.ID,
		DeletionProtectionEnabled: t.about.Protected,
	}
	if since := t.about.OnDemandSince; since != nil {
		d.BillingModeSummary = &billingSummary{t.about.Billing, (*epoch)(since)}
	}
	if t.about.Key != "" {
		d.SSEDescription = &encryptionSummary{"ENABLED", "KMS", t.about.Key}
	}
	if t.about.Class != "" {
		d.TableClassSummary = &struct{ TableClass string }{t.about.Class}
	}
	for i, x := range t.indexes {
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, x.describe(&t.about.Indexes[i], d.TableArn))
	}
	return d
}

func (x *index) describe(about *indexDefinition, tableARN string) indexDescription {
	d := indexDescription{
		IndexName: x.name, KeySchema: about.KeySchema, Projection: about.Projection, IndexStatus: "ACTIVE",
		IndexSizeBytes: x.rows.bytes, ItemCount: x.rows.count, IndexArn: tableARN + "/index/" + x.name,
	}
	if about.ProvisionedThroughput != nil {
		d.ProvisionedThroughput.throughput = *about.ProvisionedThroughput
	}
	return d
}

// tableInput is the input of an operation that says no more than which table.
type tableInput struct{ TableName string }

func decodeTable(c *wire.Call) (string, error) {
	var in tableInput
	if err := decode(c, &in); err != nil {
		return "", err
	}
	return in.TableName, checkTableName(in.TableName)
}

// describeTable prepares DescribeTable.
func (s *Service) describeTable(c *wire.Call) (action, error) {
	name, err := decodeTable(c)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.namedTable(tx, c, name)
		if err != nil {
			return nil, err
		}
		return struct{ Table *description }{t.describe(c, "ACTIVE")}, nil
	}, nil
}

// deleteTable prepares DeleteTable. The table is gone at once.
func (s *Service) deleteTable(c *wire.Call) (action, error) {
	name, err := decodeTable(c)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.namedTable(tx, c, name)
		switch {
		case err != nil:
			return nil, err
		case t.about.Protected:
			return nil, invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		s.drop(tx, t)
		d := t.describe(c, "DELETING")
		d.AttributeDefinitions, d.KeySchema, d.GlobalSecondaryIndexes = nil, nil, nil
		return struct{ TableDescription *description }{d}, nil
	}, nil
}

type listInput struct {
	ExclusiveStartTableName string
	Limit                   *int
}

type listOutput struct {
	TableNames             []string
	LastEvaluatedTableName string `json:",omitempty"`
}

// listTables prepares ListTables, which gives at most 100 names at once.
func (s *Service) listTables(c *wire.Call) (action, error) {
	var in listInput
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	var cs constraints
	cs.optionalName(in.ExclusiveStartTableName, "exclusiveStartTableName")
	cs.between(in.Limit, "limit", bounds{1, 100})
	if err := cs.err(); err != nil {
		return nil, err
	}
	limit := 100
	if in.Limit != nil {
		limit = *in.Limit
	}
	return func(*store.Tx) (any, error) {
		out := &listOutput{TableNames: []string{}}
		order := func(a, b tableID) int { return strings.Compare(a.name, b.name) }
		for _, id := range slices.SortedFunc(maps.Keys(s.tables), order) {
			if id.region != c.Region || id.name <= in.ExclusiveStartTableName {
				continue
			}
			if len(out.TableNames) == limit {
				out.LastEvaluatedTableName = out.TableNames[limit-1]
				break
			}
			out.TableNames = append(out.TableNames, id.name)
		}
		return out, nil
	}, nil
}

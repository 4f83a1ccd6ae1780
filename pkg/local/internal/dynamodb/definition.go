package dynamodb

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// definition is what a table is besides its items. It is kept as JSON.
type definition struct {
	ID            string
	Attributes    []attributeDefinition
	Keys          []keyElement
	Indexes       []indexDefinition
	Billing       string     // "PROVISIONED" or "PAY_PER_REQUEST"
	OnDemandSince *time.Time // when it last came to be "PAY_PER_REQUEST"
	Throughput    throughput // zeros where it is on demand
	Created       time.Time
	Protected     bool
	Class         string // "", "STANDARD" or "STANDARD_INFREQUENT_ACCESS"
	Key           string // the KMS key's ARN, empty where AWS owns the key
	Tags          map[string]string
	TTL           string    // the attribute's name, empty where it is off
	RecoveryDays  int       // of point-in-time recovery, 0 where it is off
	RecoverySince time.Time // when that came on
}

type attributeDefinition struct{ AttributeName, AttributeType string }

type keyElement struct{ AttributeName, KeyType string }

type projectionDefinition struct {
	ProjectionType   string   `json:",omitempty"`
	NonKeyAttributes []string `json:",omitempty"`
}

type indexDefinition struct {
	IndexName             string
	KeySchema             []keyElement
	Projection            *projectionDefinition
	ProvisionedThroughput *throughput `json:",omitempty"`

	OnDemandThroughput, WarmThroughput json.RawMessage `json:",omitempty"` // refused
}

type throughput struct{ ReadCapacityUnits, WriteCapacityUnits int64 }

func newKeySchema(elements []keyElement, attributes []attributeDefinition) keySchema {
	var k keySchema
	for i, e := range elements {
		at := slices.IndexFunc(attributes, func(a attributeDefinition) bool { return a.AttributeName == e.AttributeName })
		a := keyAttribute{e.AttributeName, attributes[at].AttributeType}
		if i == 0 {
			k.hash = a
		} else {
			k.sort = a
		}
	}
	return k
}

// checkKeySchema refuses a key schema that is no partition key with or without
// a sort key, out of defined attributes.
func checkKeySchema(keys []keyElement, attributes []attributeDefinition) error {
	used, defined := elementNames(keys), attributeNames(attributes)
	for _, name := range used {
		if !slices.Contains(defined, name) {
			return invalidParameter("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]", strings.Join(used, ", "), strings.Join(defined, ", "))
		}
	}
	switch {
	case len(keys) == 2 && used[0] == used[1]:
		return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	case keys[0].KeyType != "HASH":
		return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(keys) == 2 && keys[1].KeyType != "RANGE":
		return invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	default:
		return nil
	}
}

func elementNames(keys []keyElement) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.AttributeName
	}
	return names
}

func attributeNames(attributes []attributeDefinition) []string {
	names := make([]string, len(attributes))
	for i, a := range attributes {
		names[i] = a.AttributeName
	}
	return names
}

// Limits of indexes ("Quotas in Amazon DynamoDB").
const (
	maxIndexes  = 20
	maxIncluded = 100 // attributes that all indexes of a table include, in sum
)

// checkIndexes refuses what cannot be the indexes of the table.
func (d *definition) checkIndexes() error {
	seen, included := map[string]bool{}, 0
	for i := range d.Indexes {
		x := &d.Indexes[i]
		if seen[x.IndexName] {
			return invalidParameter("Duplicate index name: %s", x.IndexName)
		}
		seen[x.IndexName] = true
		included += len(x.Projection.NonKeyAttributes)
		if err := d.checkIndex(x); err != nil {
			return err
		}
	}
	switch {
	case len(d.Indexes) > maxIndexes:
		return invalidParameter("GlobalSecondaryIndex count exceeds the per-table limit of %d", maxIndexes)
	case included > maxIncluded:
		return invalidParameter("The number of projected attributes %d exceeds the per-table limit of %d", included, maxIncluded)
	default:
		return nil
	}
}

func (d *definition) checkIndex(x *indexDefinition) error {
	if err := checkKeySchema(x.KeySchema, d.Attributes); err != nil {
		return err
	}
	p := x.Projection
	switch {
	case p.ProjectionType == "":
		return invalidParameter("Unknown ProjectionType: null")
	case p.NonKeyAttributes != nil && p.ProjectionType != "INCLUDE":
		return invalidParameter("ProjectionType is %s, but NonKeyAttributes is specified", p.ProjectionType)
	case p.ProjectionType == "INCLUDE" && len(p.NonKeyAttributes) == 0:
		return invalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case d.Billing == "PAY_PER_REQUEST" && x.ProvisionedThroughput != nil:
		return invalidParameter("ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", x.IndexName)
	case d.Billing == "PROVISIONED" && x.ProvisionedThroughput == nil:
		return invalidParameter("ProvisionedThroughput must be specified for index: %s", x.IndexName)
	default:
		return nil
	}
}

// used are the names of the attributes that keys are made of.
func (d *definition) used() map[string]bool {
	used := map[string]bool{}
	for _, name := range elementNames(d.Keys) {
		used[name] = true
	}
	for _, x := range d.Indexes {
		for _, name := range elementNames(x.KeySchema) {
			used[name] = true
		}
	}
	return used
}

// checkUse refuses attributes that are defined twice or to no purpose.
func (d *definition) checkUse() error {
	names := attributeNames(d.Attributes)
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) < len(names) {
		return invalidParameter("Duplicate AttributeName in AttributeDefinitions: [%s]", strings.Join(names, ", "))
	}
	used := d.used()
	unused := slices.DeleteFunc(names, func(name string) bool { return used[name] })
	switch {
	case len(unused) == 0:
		return nil
	case len(d.Indexes) == 0:
		return invalidParameter("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	default:
		return invalidParameter("Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]", strings.Join(attributeNames(d.Attributes), ", "), list(used))
	}
}

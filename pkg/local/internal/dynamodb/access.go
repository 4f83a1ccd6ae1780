package dynamodb

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// named is how operations name their tables.
type named struct {
	TableName, IndexName, ResourceArn string
	RequestItems                      map[string]json.RawMessage
	TransactItems                     []map[string]struct{ TableName string }
	Tags                              []json.RawMessage
}

// authorize refuses a call that the policies do not allow: "Actions, resources, and
// condition keys for Amazon DynamoDB" (Service Authorization Reference). It asks before
// it looks whether the table is there. Statements are asked about when they are parsed.
func (s *Service) authorize(c *wire.Call) error {
	if c.May == nil || c.Operation == "ExecuteStatement" || c.Operation == "BatchExecuteStatement" {
		return nil
	}
	var in named
	if err := decode(c, &in); err != nil {
		return err
	}
	var all []wire.Access
	add := func(action, resource string) {
		all = append(all, wire.Access{Action: "dynamodb:" + action, Resource: resource})
	}
	switch c.Operation {
	case "ListTables":
		add(c.Operation, "*")
	case "ListTagsOfResource", "TagResource", "UntagResource":
		add(c.Operation, in.ResourceArn)
	case "BatchGetItem", "BatchWriteItem":
		for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
			add(c.Operation, tableARN(c, table))
		}
	case "TransactGetItems", "TransactWriteItems":
		for _, item := range in.TransactItems {
			for _, kind := range slices.Sorted(maps.Keys(item)) {
				add(transactActions[kind], tableARN(c, item[kind].TableName))
			}
		}
	default:
		resource := tableARN(c, in.TableName)
		if in.IndexName != "" {
			resource += "/index/" + in.IndexName
		}
		add(c.Operation, resource)
		if c.Operation == "CreateTable" && len(in.Tags) > 0 {
			add("TagResource", resource)
		}
	}
	return c.Check(all...)
}

// transactActions are the actions of what a transaction is made of.
var transactActions = map[string]string{
	"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
}

// mayInsert is the refusal of an INSERT that the policies do not allow. In a batch it is
// that statement's alone.
func mayInsert(c *wire.Call, table string) error {
	return c.Denied(wire.Access{Action: "dynamodb:PartiQLInsert", Resource: tableARN(c, table)})
}

// tableARN is the ARN of a table by its name or its ARN.
func tableARN(c *wire.Call, table string) string {
	return "arn:aws:dynamodb:" + c.Region + ":" + c.Account + ":table/" + plainName(table)
}

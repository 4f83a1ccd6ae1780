package dynamodb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type createInput struct {
	TableName                 string
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keyElement
	GlobalSecondaryIndexes    []indexDefinition
	BillingMode               string
	ProvisionedThroughput     *throughput
	SSESpecification          *encryptionInput
	StreamSpecification       *streamInput
	DeletionProtectionEnabled bool
	TableClass                string
	Tags                      []tag

	LocalSecondaryIndexes, OnDemandThroughput, WarmThroughput, ResourcePolicy, GlobalTableSourceArn, VectorIndexes json.RawMessage
}

type encryptionInput struct {
	Enabled        bool
	SSEType        string
	KMSMasterKeyId string
}

type streamInput struct{ StreamEnabled bool }

const noStreams = "the local endpoint does not have streams (StreamSpecification)"

func (in *createInput) constrain() error {
	var c constraints
	c.notNull(in.AttributeDefinitions != nil, "attributeDefinitions")
	constrainAttributes(&c, in.AttributeDefinitions)
	c.enum(in.BillingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST")
	c.enum(in.TableClass, "tableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	constrainThroughput(&c, in.ProvisionedThroughput, "provisionedThroughput")
	constrainKeys(&c, in.KeySchema, "keySchema")
	for i := range in.GlobalSecondaryIndexes {
		in.GlobalSecondaryIndexes[i].constrain(&c, fmt.Sprintf("globalSecondaryIndexes.%d.member.", i+1))
	}
	return c.err()
}

func constrainAttributes(c *constraints, attributes []attributeDefinition) {
	for i, a := range attributes {
		at := fmt.Sprintf("attributeDefinitions.%d.member.", i+1)
		constrainKeyName(c, a.AttributeName, at+"attributeName")
		c.notNull(a.AttributeType != "", at+"attributeType")
		c.enum(a.AttributeType, at+"attributeType", "B", "N", "S")
	}
}

// constrainKeyName requires the name of a key's attribute, of at most 255
// characters ("Quotas in Amazon DynamoDB": attribute names).
func constrainKeyName(c *constraints, name, at string) {
	c.notNull(name != "", at)
	if name != "" {
		c.length(len(name), "'"+name+"'", at, bounds{1, 255})
	}
}

func constrainKeys(c *constraints, keys []keyElement, at string) {
	if keys == nil {
		c.notNull(false, at)
		return
	}
	c.length(len(keys), fmt.Sprintf("'[%s]'", strings.Join(elementNames(keys), ", ")), at, bounds{1, 2})
	for i, k := range keys {
		at := fmt.Sprintf("%s.%d.member.", at, i+1)
		constrainKeyName(c, k.AttributeName, at+"attributeName")
		c.notNull(k.KeyType != "", at+"keyType")
		c.enum(k.KeyType, at+"keyType", "HASH", "RANGE")
	}
}

func constrainThroughput(c *constraints, t *throughput, at string) {
	if t == nil {
		return
	}
	const rule = "Member must have value greater than or equal to 1"
	c.require(t.WriteCapacityUnits >= 1, fmt.Sprintf("'%d'", t.WriteCapacityUnits), at+".writeCapacityUnits", rule)
	c.require(t.ReadCapacityUnits >= 1, fmt.Sprintf("'%d'", t.ReadCapacityUnits), at+".readCapacityUnits", rule)
}

func (x *indexDefinition) constrain(c *constraints, at string) {
	c.name(x.IndexName, at+"indexName")
	constrainKeys(c, x.KeySchema, at+"keySchema")
	constrainThroughput(c, x.ProvisionedThroughput, at+"provisionedThroughput")
	c.notNull(x.Projection != nil, at+"projection")
	if p := x.Projection; p != nil {
		c.enum(p.ProjectionType, at+"projection.projectionType", "ALL", "INCLUDE", "KEYS_ONLY")
		for _, name := range p.NonKeyAttributes {
			constrainKeyName(c, name, at+"projection.nonKeyAttributes")
		}
	}
}

// check is what is to be checked beyond the model.
func (in *createInput) check() error {
	err := refuseUnsupported([]unsupported{
		{"LocalSecondaryIndexes", in.LocalSecondaryIndexes}, {"OnDemandThroughput", in.OnDemandThroughput},
		{"WarmThroughput", in.WarmThroughput}, {"ResourcePolicy", in.ResourcePolicy},
		{"GlobalTableSourceArn", in.GlobalTableSourceArn}, {"VectorIndexes", in.VectorIndexes},
	})
	onDemand := in.BillingMode == "PAY_PER_REQUEST"
	switch {
	case err != nil:
		return err
	case in.StreamSpecification != nil && in.StreamSpecification.StreamEnabled:
		return invalid(noStreams)
	case onDemand && in.ProvisionedThroughput != nil:
		return invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case !onDemand && in.ProvisionedThroughput == nil:
		return invalidParameter("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0:
		return invalidParameter("List of GlobalSecondaryIndexes is empty")
	default:
		return refuseIndexThroughput(in.GlobalSecondaryIndexes...)
	}
}

func refuseIndexThroughput(indexes ...indexDefinition) error {
	for _, x := range indexes {
		if err := refuseUnsupported([]unsupported{{"OnDemandThroughput", x.OnDemandThroughput}, {"WarmThroughput", x.WarmThroughput}}); err != nil {
			return err
		}
	}
	return nil
}

// definition is the table that the input defines.
func (in *createInput) definition(c *wire.Call, now time.Time) (definition, error) {
	d := definition{
		ID: wire.UUID(), Attributes: in.AttributeDefinitions, Keys: in.KeySchema, Indexes: in.GlobalSecondaryIndexes,
		Billing: "PROVISIONED", Created: now, Protected: in.DeletionProtectionEnabled, Class: in.TableClass,
		Key: in.SSESpecification.key(c),
	}
	if in.ProvisionedThroughput != nil {
		d.Throughput = *in.ProvisionedThroughput
	} else {
		d.Billing, d.OnDemandSince = "PAY_PER_REQUEST", &now
	}
	if err := checkKeySchema(d.Keys, d.Attributes); err != nil {
		return d, err
	}
	if err := d.checkIndexes(); err != nil {
		return d, err
	}
	if err := d.checkUse(); err != nil {
		return d, err
	}
	var err error
	d.Tags, err = withTags(nil, in.Tags)
	return d, err
}

// key is the ARN of the KMS key that encrypts the table: the empty string for
// AWS's own, the account's default key where the input names none.
func (e *encryptionInput) key(c *wire.Call) string {
	switch {
	case e == nil || !e.Enabled:
		return ""
	case strings.HasPrefix(e.KMSMasterKeyId, "arn:"):
		return e.KMSMasterKeyId
	case strings.HasPrefix(e.KMSMasterKeyId, "alias/"):
		return "arn:aws:kms:" + c.Region + ":" + c.Account + ":" + e.KMSMasterKeyId
	case e.KMSMasterKeyId != "":
		return "arn:aws:kms:" + c.Region + ":" + c.Account + ":key/" + e.KMSMasterKeyId
	default:
		return "arn:aws:kms:" + c.Region + ":" + c.Account + ":alias/aws/dynamodb"
	}
}

// createTable prepares CreateTable. The table is active at once.
func (s *Service) createTable(c *wire.Call) (action, error) {
	in := &createInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := checkTableName(in.TableName); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		about, err := in.definition(c, tx.Now())
		if err != nil {
			return nil, err
		}
		id := tableID{c.Region, plainName(in.TableName)}
		if s.tables[id] != nil {
			return nil, refuse("ResourceInUseException", "Table already exists: %s", id.name)
		}
		t := newTable(id, about)
		if err := t.save(tx); err != nil {
			return nil, err
		}
		s.tables[id] = t
		return struct{ TableDescription *description }{t.describe(c, "ACTIVE")}, nil
	}, nil
}

// attributesUsed drops the definitions that no key uses any more.
func (d *definition) attributesUsed() []attributeDefinition {
	used := d.used()
	return slices.DeleteFunc(slices.Clone(d.Attributes), func(a attributeDefinition) bool { return !used[a.AttributeName] })
}

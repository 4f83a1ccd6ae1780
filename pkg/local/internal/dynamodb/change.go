package dynamodb

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type updateTableInput struct {
	TableName                   string
	AttributeDefinitions        []attributeDefinition
	BillingMode                 string
	ProvisionedThroughput       *throughput
	GlobalSecondaryIndexUpdates []indexUpdate
	SSESpecification            *encryptionInput
	StreamSpecification         *streamInput
	DeletionProtectionEnabled   *bool
	TableClass                  string

	ReplicaUpdates, OnDemandThroughput, WarmThroughput, MultiRegionConsistency, GlobalTableWitnessUpdates, VectorIndexUpdates json.RawMessage
}

// indexUpdate has exactly one member.
type indexUpdate struct {
	Create *indexDefinition
	Update *struct {
		IndexName             string
		ProvisionedThroughput *throughput
	}
	Delete *struct{ IndexName string }
}

func (in *updateTableInput) constrain() error {
	var c constraints
	constrainAttributes(&c, in.AttributeDefinitions)
	c.enum(in.BillingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST")
	c.enum(in.TableClass, "tableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	constrainThroughput(&c, in.ProvisionedThroughput, "provisionedThroughput")
	for i, u := range in.GlobalSecondaryIndexUpdates {
		at := fmt.Sprintf("globalSecondaryIndexUpdates.%d.member.", i+1)
		switch {
		case u.Create != nil:
			u.Create.constrain(&c, at+"create.")
		case u.Update != nil:
			c.name(u.Update.IndexName, at+"update.indexName")
			constrainThroughput(&c, u.Update.ProvisionedThroughput, at+"update.provisionedThroughput")
			c.notNull(u.Update.ProvisionedThroughput != nil, at+"update.provisionedThroughput")
		case u.Delete != nil:
			c.name(u.Delete.IndexName, at+"delete.indexName")
		}
	}
	return c.err()
}

// check is what is to be checked beyond the model.
func (in *updateTableInput) check() error {
	err := refuseUnsupported([]unsupported{
		{"ReplicaUpdates", in.ReplicaUpdates}, {"OnDemandThroughput", in.OnDemandThroughput}, {"WarmThroughput", in.WarmThroughput},
		{"MultiRegionConsistency", in.MultiRegionConsistency}, {"GlobalTableWitnessUpdates", in.GlobalTableWitnessUpdates}, {"VectorIndexUpdates", in.VectorIndexUpdates},
	})
	switch {
	case err != nil:
		return err
	case in.StreamSpecification != nil && in.StreamSpecification.StreamEnabled:
		return invalid(noStreams)
	case in.empty():
		return invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	case in.BillingMode == "PROVISIONED" && in.ProvisionedThroughput == nil:
		return invalidParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
	default:
		return in.checkIndexUpdates()
	}
}

func (in *updateTableInput) empty() bool {
	return in.BillingMode == "" && in.ProvisionedThroughput == nil && len(in.GlobalSecondaryIndexUpdates) == 0 &&
		in.SSESpecification == nil && in.StreamSpecification == nil && in.DeletionProtectionEnabled == nil && in.TableClass == ""
}

func (in *updateTableInput) checkIndexUpdates() error {
	online := 0
	for _, u := range in.GlobalSecondaryIndexUpdates {
		if u.Create == nil && u.Update == nil && u.Delete == nil {
			return invalidParameter("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")
		}
		if u.Create != nil {
			if err := refuseIndexThroughput(*u.Create); err != nil {
				return err
			}
		}
		if u.Update == nil {
			online++
		}
	}
	if online > 1 {
		return refuse("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
	}
	return nil
}

// changed is the definition after the change.
func (in *updateTableInput) changed(c *wire.Call, d definition, now time.Time) (definition, error) {
	d.Indexes = slices.Clone(d.Indexes)
	if in.AttributeDefinitions != nil {
		d.Attributes = in.AttributeDefinitions
	}
	if in.DeletionProtectionEnabled != nil {
		d.Protected = *in.DeletionProtectionEnabled
	}
	if in.TableClass != "" {
		d.Class = in.TableClass
	}
	if in.SSESpecification != nil {
		d.Key = in.SSESpecification.key(c)
	}
	if err := in.changeBilling(&d, now); err != nil {
		return d, err
	}
	for _, u := range in.GlobalSecondaryIndexUpdates {
		if err := u.apply(&d); err != nil {
			return d, err
		}
	}
	if err := checkKeySchema(d.Keys, d.Attributes); err != nil {
		return d, err
	}
	if err := d.checkIndexes(); err != nil {
		return d, err
	}
	d.Attributes = d.attributesUsed()
	return d, nil
}

func (in *updateTableInput) changeBilling(d *definition, now time.Time) error {
	was := d.Billing
	if in.BillingMode != "" {
		d.Billing = in.BillingMode
	}
	switch {
	case d.Billing == "PAY_PER_REQUEST" && in.ProvisionedThroughput != nil:
		return invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case was == d.Billing && in.ProvisionedThroughput != nil && *in.ProvisionedThroughput == d.Throughput:
		return unchangedThroughput(d.Throughput)
	case in.ProvisionedThroughput != nil:
		d.Throughput = *in.ProvisionedThroughput
	case d.Billing == "PAY_PER_REQUEST" && was != d.Billing:
		d.Throughput, d.OnDemandSince = throughput{}, &now
		for i := range d.Indexes {
			d.Indexes[i].ProvisionedThroughput = nil
		}
	}
	return nil
}

func unchangedThroughput(t throughput) error {
	return invalid("The provisioned throughput for the table will not change. The requested value equals the current value. "+
		"Current ReadCapacityUnits provisioned for the table: %d. Requested ReadCapacityUnits: %d. "+
		"Current WriteCapacityUnits provisioned for the table: %d. Requested WriteCapacityUnits: %d. "+
		"Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
		t.ReadCapacityUnits, t.ReadCapacityUnits, t.WriteCapacityUnits, t.WriteCapacityUnits)
}

func (u indexUpdate) apply(d *definition) error {
	find := func(name string) int {
		return slices.IndexFunc(d.Indexes, func(x indexDefinition) bool { return x.IndexName == name })
	}
	switch {
	case u.Create != nil:
		if find(u.Create.IndexName) >= 0 {
			return refuse("ResourceInUseException", "Attempting to create an index which already exists: %s", u.Create.IndexName)
		}
		d.Indexes = append(d.Indexes, *u.Create)
	case u.Update != nil:
		at := find(u.Update.IndexName)
		if at < 0 {
			return notFound("")
		}
		d.Indexes[at].ProvisionedThroughput = u.Update.ProvisionedThroughput
	default:
		at := find(u.Delete.IndexName)
		if at < 0 {
			return notFound("")
		}
		d.Indexes = slices.Delete(d.Indexes, at, at+1)
	}
	return nil
}

// updateTable prepares UpdateTable. A new index is filled at once.
func (s *Service) updateTable(c *wire.Call) (action, error) {
	in := &updateTableInput{}
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
		t, err := s.namedTable(tx, c, in.TableName)
		if err != nil {
			return nil, err
		}
		about, err := in.changed(c, t.about, tx.Now())
		if err != nil {
			return nil, err
		}
		t.become(about)
		return struct{ TableDescription *description }{t.describe(c, "ACTIVE")}, t.save(tx)
	}, nil
}

// become gives the table another definition: indexes that it had stay as they
// are, new ones are filled, without the items whose attributes cannot be keys.
func (t *table) become(about definition) {
	had := t.indexes
	t.about, t.indexes = about, nil
	for i := range about.Indexes {
		d := &about.Indexes[i]
		at := slices.IndexFunc(had, func(x *index) bool { return x.name == d.IndexName })
		if at >= 0 {
			t.indexes = append(t.indexes, had[at])
			continue
		}
		x := newIndex(d, t.key, about.Attributes)
		for r := range t.rows.up("") {
			x.follow(row{}, r)
		}
		t.indexes = append(t.indexes, x)
	}
}

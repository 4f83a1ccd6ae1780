package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

func (d *doctor) tableChecks() []check {
	return []check{
		{"table " + d.Table(), d.table, d.apply()}, {"index of the table", d.index, d.apply()},
		{"expiry of rows", d.expiry, d.expiryFix()}, {"recovery of rows", d.recovery, d.recoveryFix()}, {"writing rows", d.writeRow, d.apply()},
	}
}

var noTable = &unchecked{"there is no such table"}

func (d *doctor) describeTable(ctx context.Context, missing error) (*types.TableDescription, error) {
	out, err := d.DynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(d.Table())})
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	return out.Table, nil
}

// table checks that the table is there and has the right key. A key cannot be changed:
// the table must be another.
func (d *doctor) table(ctx context.Context) (string, error) {
	t, err := d.describeTable(ctx, &fault{"there is no table " + d.Table(), d.apply()})
	if err != nil {
		return "", err
	}
	if key := keyOf(t.KeySchema, t.AttributeDefinitions); key != "request_id (S)" {
		return "", &fault{
			"its key is " + key + ", not request_id (S), which cannot be changed: delete it and make it again",
			d.aws("dynamodb", "delete-table", "--table-name", d.Table()) + " && " + d.apply(),
		}
	}
	if t.TableStatus != types.TableStatusActive && t.TableStatus != types.TableStatusUpdating {
		return "", &fault{"it is " + string(t.TableStatus), d.aws("dynamodb", "wait", "table-exists", "--table-name", d.Table())}
	}
	if o := t.OnDemandThroughput; o != nil && aws.ToInt64(o.MaxWriteRequestUnits) > 0 {
		return "", &fault{fmt.Sprintf("it takes no more than %d units of writes a second", *o.MaxWriteRequestUnits), d.uncapFix()}
	}
	if e := t.SSEDescription; e != nil && e.InaccessibleEncryptionDateTime != nil {
		return "", &fault{"DynamoDB may not use its key " + aws.ToString(e.KMSMasterKeyArn), d.apply()}
	}
	return keptAs(t), nil
}

// uncapFix takes away the most that a table may be written and read ("DynamoDB maximum
// throughput for on-demand tables", Amazon DynamoDB Developer Guide).
func (d *doctor) uncapFix() string {
	return d.aws("dynamodb", "update-table", "--table-name", d.Table(), "--on-demand-throughput", "MaxReadRequestUnits=-1,MaxWriteRequestUnits=-1")
}

// keptAs says how a table is kept: with whose key, and whether it can be deleted. Every
// table is encrypted ("DynamoDB encryption at rest", Amazon DynamoDB Developer Guide).
func keptAs(t *types.TableDescription) string {
	says := "encrypted with a key of DynamoDB"
	if e := t.SSEDescription; e != nil {
		says = "encrypted with " + aws.ToString(e.KMSMasterKeyArn)
	}
	if aws.ToBool(t.DeletionProtectionEnabled) {
		return says + ", protected against deletion"
	}
	return says + ", not protected against deletion (protect = false)"
}

// keyOf is a key as "partition (S), sort (S)".
func keyOf(schema []types.KeySchemaElement, definitions []types.AttributeDefinition) string {
	text := ""
	for i, k := range schema {
		if i > 0 {
			text += ", "
		}
		text += aws.ToString(k.AttributeName)
		for _, a := range definitions {
			if aws.ToString(a.AttributeName) == aws.ToString(k.AttributeName) {
				text += " (" + string(a.AttributeType) + ")"
			}
		}
	}
	return text
}

const byTime = "by_time"

func (d *doctor) index(ctx context.Context) (string, error) {
	t, err := d.describeTable(ctx, noTable)
	if err != nil {
		return "", err
	}
	for _, i := range t.GlobalSecondaryIndexes {
		if aws.ToString(i.IndexName) != byTime {
			continue
		}
		if key := keyOf(i.KeySchema, t.AttributeDefinitions); key != "shard (S), sort (S)" {
			return "", &fault{"the key of " + byTime + " is " + key + ", not shard (S), sort (S)", d.apply()}
		}
		if i.IndexStatus != types.IndexStatusActive && i.IndexStatus != types.IndexStatusUpdating {
			return "", &fault{byTime + " is " + string(i.IndexStatus), d.aws("dynamodb", "describe-table", "--table-name", d.Table(), "--query", "Table.GlobalSecondaryIndexes")}
		}
		return byTime, nil
	}
	return "none: 'statline results' cannot list (history_index = false)", nil
}

func (d *doctor) expiryFix() string {
	return d.aws("dynamodb", "update-time-to-live", "--table-name", d.Table(), "--time-to-live-specification", "Enabled=true,AttributeName=ttl")
}

func (d *doctor) expiry(ctx context.Context) (string, error) {
	out, err := d.DynamoDB.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(d.Table())})
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return "", noTable
	}
	if err != nil {
		return "", err
	}
	t := out.TimeToLiveDescription
	enabled := t.TimeToLiveStatus == types.TimeToLiveStatusEnabled || t.TimeToLiveStatus == types.TimeToLiveStatusEnabling
	if !enabled || aws.ToString(t.AttributeName) != "ttl" {
		return "", &fault{fmt.Sprintf("rows are kept for ever: the table's time to live is %s %s", t.TimeToLiveStatus, aws.ToString(t.AttributeName)), d.expiryFix()}
	}
	return "by the attribute ttl", nil
}

func (d *doctor) recoveryFix() string {
	return d.aws("dynamodb", "update-continuous-backups", "--table-name", d.Table(), "--point-in-time-recovery-specification", "PointInTimeRecoveryEnabled=true")
}

// recovery checks that the table can be brought back as it was at any second ("Point-in-
// time backups for DynamoDB", Amazon DynamoDB Developer Guide).
func (d *doctor) recovery(ctx context.Context) (string, error) {
	out, err := d.DynamoDB.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(d.Table())})
	if c := code(err); c == "TableNotFoundException" || c == "ResourceNotFoundException" {
		return "", noTable
	}
	if err != nil {
		return "", err
	}
	p := out.ContinuousBackupsDescription.PointInTimeRecoveryDescription
	if p == nil || p.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled {
		return "", &fault{"what is deleted or overwritten by mistake cannot be brought back", d.recoveryFix()}
	}
	return fmt.Sprintf("to any second of the last %d days", aws.ToInt32(p.RecoveryPeriodInDays)), nil
}

// writeRow writes a row on a condition that never holds: it is refused, by the condition
// or for want of permission.
func (d *doctor) writeRow(ctx context.Context) (string, error) {
	_, err := d.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           aws.String(d.Table()),
		Item:                map[string]types.AttributeValue{"request_id": &types.AttributeValueMemberS{Value: "#doctor"}},
		ConditionExpression: aws.String("attribute_exists(request_id) AND attribute_not_exists(request_id)"),
	})
	if _, refused := errors.AsType[*types.ConditionalCheckFailedException](err); refused {
		return "allowed", nil
	}
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return "", noTable
	}
	if c := code(err); c == "ThrottlingException" || c == "ProvisionedThroughputExceededException" || c == "RequestLimitExceeded" {
		return "", &fault{"DynamoDB throttles (" + c + "): where the table itself has no maximum, see Table throttles in terraform/runbooks.md", d.uncapFix()}
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() == "AccessDeniedException" {
		return "", &unchecked{"these credentials may not write rows, which clients need not; the stats service must: " + e.ErrorMessage()}
	}
	if err == nil {
		return "", errors.New("the endpoint wrote a row against its condition, so it may overwrite results")
	}
	return "", err
}

package dynamodb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/"

// TestTerraformsTable does what Terraform does with a table: it makes it,
// describes it in four ways, changes it and deletes it.
func TestTerraformsTable(t *testing.T) {
	e := open(t, "")
	created, err := e.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("results"), BillingMode: types.BillingModePayPerRequest, DeletionProtectionEnabled: aws.Bool(true),
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("request_id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("request_id"), AttributeType: "S"}, {AttributeName: aws.String("shard"), AttributeType: "S"}, {AttributeName: aws.String("sort"), AttributeType: "S"}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("by_time"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"mean"}},
			KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("shard"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sort"), KeyType: types.KeyTypeRange}},
		}},
		SSESpecification: &types.SSESpecification{Enabled: aws.Bool(true)},
		Tags:             []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if created.TableDescription.TableStatus != types.TableStatusActive {
		t.Errorf("the table is %s, want ACTIVE", created.TableDescription.TableStatus)
	}
	d := describe(t, e)
	index := d.GlobalSecondaryIndexes[0]
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"ARN", *d.TableArn, arn + "results"}, {"index ARN", *index.IndexArn, arn + "results/index/by_time"}, {"index status", index.IndexStatus, types.IndexStatusActive},
		{"projection", fmt.Sprintf("%s %s", index.Projection.ProjectionType, index.Projection.NonKeyAttributes), "INCLUDE [mean]"}, {"billing", d.BillingModeSummary.BillingMode, types.BillingModePayPerRequest},
		{"protection", *d.DeletionProtectionEnabled, true}, {"encryption", *d.SSEDescription.KMSMasterKeyArn, "arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb"},
		{"capacity", *d.ProvisionedThroughput.ReadCapacityUnits, int64(0)}, {"age", time.Since(*d.CreationDateTime) < time.Minute, true}, {"key", *d.KeySchema[0].AttributeName, "request_id"}, {"attributes", len(d.AttributeDefinitions), 3},
	} {
		if check.got != check.want {
			t.Errorf("%s is %v, want %v", check.what, check.got, check.want)
		}
	}
	checkSettings(t, e)
	checkTags(t, e)
	_, err = e.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("results")})
	if err == nil || !strings.Contains(err.Error(), "ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.") {
		t.Errorf("deleting a protected table: %v", err)
	}
	if _, err := e.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{TableName: aws.String("results"), DeletionProtectionEnabled: aws.Bool(false)}); err != nil {
		t.Fatal(err)
	}
	deleted, err := e.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("results")})
	if err != nil || deleted.TableDescription.TableStatus != types.TableStatusDeleting {
		t.Errorf("deleting: %v", err)
	}
	_, err = e.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("results")})
	if gone, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok || gone.ErrorMessage() != "Requested resource not found: Table: results not found" {
		t.Errorf("describing a deleted table: %v", err)
	}
}

func describe(t *testing.T, e *endpoint) *types.TableDescription {
	t.Helper()
	out, err := e.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("results")})
	if err != nil {
		t.Fatal(err)
	}
	return out.Table
}

func checkSettings(t *testing.T, e *endpoint) {
	t.Helper()
	name := aws.String("results")
	if _, err := e.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{TableName: name, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)}}); err != nil {
		t.Fatal(err)
	}
	ttl, err := e.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: name})
	if err != nil || ttl.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *ttl.TimeToLiveDescription.AttributeName != "ttl" {
		t.Errorf("time to live: %+v, %v", ttl, err)
	}
	backups, err := e.DescribeContinuousBackups(t.Context(), &dynamodb.DescribeContinuousBackupsInput{TableName: name})
	if err != nil || backups.ContinuousBackupsDescription.ContinuousBackupsStatus != types.ContinuousBackupsStatusEnabled || backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusDisabled {
		t.Errorf("backups: %+v, %v", backups, err)
	}
	updated, err := e.UpdateContinuousBackups(t.Context(), &dynamodb.UpdateContinuousBackupsInput{TableName: name, PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := updated.ContinuousBackupsDescription.PointInTimeRecoveryDescription; got.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled || *got.RecoveryPeriodInDays != 35 || got.EarliestRestorableDateTime == nil {
		t.Errorf("recovery: %+v", got)
	}
}

func checkTags(t *testing.T, e *endpoint) {
	t.Helper()
	resource := aws.String(arn + "results")
	if _, err := e.TagResource(t.Context(), &dynamodb.TagResourceInput{ResourceArn: resource, Tags: []types.Tag{{Key: aws.String("c"), Value: aws.String("3")}, {Key: aws.String("a"), Value: aws.String("new")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.UntagResource(t.Context(), &dynamodb.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"b", "gone"}}); err != nil {
		t.Fatal(err)
	}
	out, err := e.ListTagsOfResource(t.Context(), &dynamodb.ListTagsOfResourceInput{ResourceArn: resource})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tag := range out.Tags {
		got = append(got, *tag.Key+"="+*tag.Value)
	}
	if want := []string{"a=new", "c=3"}; !slices.Equal(got, want) {
		t.Errorf("tags %v, want %v", got, want)
	}
}

func TestTablesRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const parameter = "One or more parameter values were invalid: "
	const keys = `"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]`
	const attributes = `"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]`
	const head = `"TableName":"new","BillingMode":"PAY_PER_REQUEST",`
	const both = head + keys + "," + attributes
	index := func(rest string) string {
		return head + keys + `,"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"x","AttributeType":"S"}],"GlobalSecondaryIndexes":[{"IndexName":"by_x",` + rest + `}]`
	}
	const indexKeys = `"KeySchema":[{"AttributeName":"x","KeyType":"HASH"}]`
	tests := []struct{ operation, body, want string }{
		{"CreateTable", keys, "The parameter 'TableName' is required but was not present in the request"},
		{"CreateTable", `"TableName":"ab"`, "TableName must be at least 3 characters long and at most 255 characters long"},
		{"CreateTable", `"TableName":"a b"`, "1 validation error detected: Value 'a b' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"CreateTable", `"TableName":"new"`, "2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null; Value null at 'keySchema' failed to satisfy constraint: Member must not be null"},
		{"CreateTable", head + attributes + `,"KeySchema":[]`, "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"CreateTable", `"TableName":"new",` + keys + "," + attributes, parameter + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{"CreateTable", both + `,"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`, parameter + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{"CreateTable", head + keys + `,"AttributeDefinitions":[]`, parameter + "Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: []"},
		{"CreateTable", head + keys + `,"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"x","AttributeType":"S"}]`, parameter + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
		{"CreateTable", head + keys + `,"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"id","AttributeType":"N"}]`, parameter + "Duplicate AttributeName in AttributeDefinitions: [id, id]"},
		{"CreateTable", head + keys + `,"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"M"}]`, "1 validation error detected: Value 'M' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"},
		{"CreateTable", head + attributes + `,"KeySchema":[{"AttributeName":"id","KeyType":"RANGE"}]`, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		{"CreateTable", head + attributes + `,"KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"id","KeyType":"RANGE"}]`, "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
		{"CreateTable", both + `,"GlobalSecondaryIndexes":[]`, parameter + "List of GlobalSecondaryIndexes is empty"},
		{"CreateTable", index(indexKeys + `,"Projection":{}`), parameter + "Unknown ProjectionType: null"},
		{"CreateTable", index(indexKeys + `,"Projection":{"ProjectionType":"ALL","NonKeyAttributes":["y"]}`), parameter + "ProjectionType is ALL, but NonKeyAttributes is specified"},
		{"CreateTable", index(indexKeys + `,"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`), parameter + "ProvisionedThroughput should not be specified for index: by_x when BillingMode is PAY_PER_REQUEST"},
		{"CreateTable", index(`"KeySchema":[{"AttributeName":"y","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}`), parameter + "Some index key attributes are not defined in AttributeDefinitions. Keys: [y], AttributeDefinitions: [id, x]"},
		{"CreateTable", index(`"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}`), parameter + "Some AttributeDefinitions are not used. AttributeDefinitions: [id, x], keys used: [id]"},
		{"CreateTable", both + `,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}`, "the local endpoint does not have streams (StreamSpecification)"},
		{"CreateTable", both + `,"LocalSecondaryIndexes":[]`, "the local endpoint does not have LocalSecondaryIndexes"},
		{"UpdateTable", `"TableName":"tab"`, "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"},
		{"UpdateTable", `"TableName":"tab","BillingMode":"PROVISIONED"`, parameter + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"},
		{"UpdateTable", `"TableName":"tab","GlobalSecondaryIndexUpdates":[{}]`, parameter + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"},
		{"UpdateTable", `"TableName":"tab","ReplicaUpdates":[]`, "the local endpoint does not have ReplicaUpdates"},
		{"UpdateTimeToLive", `"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":false}`, "TimeToLive is already disabled"},
		{"UpdateTimeToLive", `"TableName":"tab"`, "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null"},
		{"UpdateContinuousBackups", `"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":36}`, "1 validation error detected: Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 35"},
		{"TagResource", `"Tags":[]`, "Invalid TableArn"},
		{"TagResource", `"ResourceArn":"` + arn + `tab","Tags":[]`, "Atleast one Tag needs to be provided as Input."},
		{"TagResource", `"ResourceArn":"` + arn + `tab","Tags":[{"Key":"aws:x","Value":"1"}]`, parameter + "Tag key must not begin with aws: aws:x"},
		{"UntagResource", `"ResourceArn":"` + arn + `tab","TagKeys":[]`, "Atleast one Tag Key needs to be provided as Input."},
		{"ListTagsOfResource", `"ResourceArn":"x"`, "Invalid TableArn: Invalid ResourceArn provided as input x"},
		{"ListTables", `"Limit":101`, "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"},
		{"PutItem", `"TableName":"x y","ReturnValues":"SOME"`, "3 validation errors detected: Value 'x y' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value null at 'item' failed to satisfy constraint: Member must not be null; Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"},
		{"PutItem", `"TableName":"tab","Item":{"id":{"S":"1"}},"ReturnValues":"ALL_NEW"`, "ReturnValues can only be ALL_OLD or NONE"},
		{"DeleteItem", `"TableName":"tab","Key":{"id":{"S":"1"}},"ReturnValues":"UPDATED_OLD"`, "ReturnValues can only be ALL_OLD or NONE"},
	}
	for _, test := range tests {
		e.invalid(t, test.operation, `{`+test.body+`}`, test.want)
	}
	const gone = "ResourceNotFoundException"
	e.refused(t, "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST",`+keys+","+attributes+`}`, "ResourceInUseException: Table already exists: tab")
	e.refused(t, "DeleteTable", `{"TableName":"gone"}`, gone+": Requested resource not found: Table: gone not found")
	e.refused(t, "PutItem", `{"TableName":"gone","Item":{"id":{"S":"1"}}}`, gone+": Requested resource not found")
	e.refused(t, "UpdateContinuousBackups", `{"TableName":"gone","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}`, "TableNotFoundException: Table not found: gone")
	e.refused(t, "ListTagsOfResource", `{"ResourceArn":"`+arn+`gone"}`, gone+": Requested resource not found: ResourcArn: "+arn+"gone not found")
	e.refused(t, "UpdateTable", `{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"one"}},{"Delete":{"IndexName":"two"}}]}`, "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
	for _, operation := range []string{"ExecuteTransaction", "DescribeLimits", "Nonsense", ""} {
		e.refused(t, operation, `{}`, "UnknownOperationException: the local endpoint does not have dynamodb "+operation)
	}
}

func TestIndexComesAndGoes(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	for i := range 10 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"%d"},"x":{"S":"X"},"n":{"N":"%d"}}}`, i, i))
	}
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"no key"},"x":{"N":"1"},"n":{"N":"1"}}}`)
	e.do(t, "UpdateTable", `{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"x","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}],
		"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by_x","KeySchema":[{"AttributeName":"x","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}}]}`)
	const query = `{"TableName":"tab","IndexName":"by_x","KeyConditionExpression":"x = :x AND n >= :n","ExpressionAttributeValues":{":x":{"S":"X"},":n":{"N":"3"}}}`
	var got found
	if e.call(t, "Query", query).decode(t, &got); got.Count != 7 {
		t.Errorf("%d rows, want 7", got.Count)
	}
	e.invalid(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"x":{"N":"1"}}}`, "One or more parameter values were invalid: Type mismatch for Index Key x Expected: S Actual: N IndexName: by_x")
	e.refused(t, "UpdateTable", `{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by_x","KeySchema":[{"AttributeName":"x","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`, "ResourceInUseException: Attempting to create an index which already exists: by_x")
	a := e.do(t, "UpdateTable", `{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by_x"}}]}`)
	if strings.Contains(string(a.Body), `"AttributeName":"x"`) {
		t.Errorf("the index's attributes are still defined: %s", a.Body)
	}
	e.invalid(t, "Query", query, "The table does not have the specified index: by_x")
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"x":{"N":"1"}}}`)
}

func TestProvisionedTable(t *testing.T) {
	e := open(t, "")
	e.do(t, "CreateTable", `{"TableName":"results","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":2}}`)
	if d := describe(t, e); d.BillingModeSummary != nil || *d.ProvisionedThroughput.ReadCapacityUnits != 5 || *d.ProvisionedThroughput.WriteCapacityUnits != 2 {
		t.Errorf("provisioned: %+v", d.ProvisionedThroughput)
	}
	if a := e.call(t, "UpdateTable", `{"TableName":"results","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":2}}`); !strings.HasPrefix(a.Message, "The provisioned throughput for the table will not change.") {
		t.Errorf("no change: %s", a.Message)
	}
	e.do(t, "UpdateTable", `{"TableName":"results","ProvisionedThroughput":{"ReadCapacityUnits":6,"WriteCapacityUnits":2}}`)
	e.do(t, "UpdateTable", `{"TableName":"results","BillingMode":"PAY_PER_REQUEST"}`)
	if d := describe(t, e); d.BillingModeSummary.BillingMode != types.BillingModePayPerRequest || d.BillingModeSummary.LastUpdateToPayPerRequestDateTime == nil || *d.ProvisionedThroughput.ReadCapacityUnits != 0 {
		t.Errorf("on demand: %+v", d)
	}
	e.do(t, "UpdateTable", `{"TableName":"results","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},"TableClass":"STANDARD_INFREQUENT_ACCESS"}`)
	if d := describe(t, e); d.BillingModeSummary.BillingMode != types.BillingModeProvisioned || *d.ProvisionedThroughput.ReadCapacityUnits != 1 || d.TableClassSummary.TableClass != types.TableClassStandardInfrequentAccess {
		t.Errorf("provisioned again: %+v", d)
	}
}

func TestListTablesAndRegions(t *testing.T) {
	e, server := start(t, "")
	defer server.Close()
	for i := range 7 {
		e.do(t, "CreateTable", fmt.Sprintf(`{"TableName":"tab%d","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}`, i))
	}
	pages := dynamodb.NewListTablesPaginator(e, &dynamodb.ListTablesInput{Limit: aws.Int32(3)})
	var names []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.TableNames...)
	}
	if want := []string{"tab0", "tab1", "tab2", "tab3", "tab4", "tab5", "tab6"}; !slices.Equal(names, want) {
		t.Errorf("tables %v, want %v", names, want)
	}
	other, err := client(server, "eu-west-1").ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil || len(other.TableNames) != 0 {
		t.Errorf("another region has %v, %v", other.TableNames, err)
	}
	e.do(t, "PutItem", `{"TableName":"`+arn+`tab3","Item":{"id":{"S":"by ARN"}}}`)
	if a := e.do(t, "GetItem", `{"TableName":"tab3","Key":{"id":{"S":"by ARN"}}}`); string(a.Body) == "{}" {
		t.Error("the item put by the table's ARN is not there")
	}
}

// TestTimeToLive follows "Using time to live (TTL) in DynamoDB": what is not a
// Number, or older than five years, does not expire.
func TestTimeToLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, server := start(t, t.TempDir())
		defer server.Close()
		e.simple(t)
		put := func(id, ttl string) {
			e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"`+id+`"},"ttl":`+ttl+`}}`)
		}
		seconds := func(in time.Duration) string { return fmt.Sprintf(`{"N":"%d"}`, time.Now().Add(in).Unix()) }
		put("before", seconds(time.Hour))
		e.do(t, "UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
		put("hour", seconds(time.Hour))
		put("moved", seconds(time.Hour))
		put("moved", seconds(100*time.Hour))
		put("text", fmt.Sprintf(`{"S":"%d"}`, time.Now().Unix()))
		put("old", seconds(-6*365*24*time.Hour))
		put("fraction", fmt.Sprintf(`{"N":"%d.5"}`, time.Now().Add(time.Hour).Unix()))
		put("never", `{"N":"1E100"}`)
		check := func(want ...string) {
			t.Helper()
			var got struct {
				Items []struct{ Id struct{ S string } }
			}
			e.call(t, "Scan", `{"TableName":"tab"}`).decode(t, &got)
			var ids []string
			for _, item := range got.Items {
				ids = append(ids, item.Id.S)
			}
			slices.Sort(ids)
			if !slices.Equal(ids, want) {
				t.Errorf("after %s: %v, want %v", time.Now().Format("01-02 15:04:05"), ids, want)
			}
		}
		check("before", "fraction", "hour", "moved", "never", "old", "text")
		time.Sleep(49*time.Hour - time.Second)
		check("before", "fraction", "hour", "moved", "never", "old", "text")
		time.Sleep(time.Second)
		check("moved", "never", "old", "text")
		e.invalid(t, "UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`, "TimeToLive is already enabled")
		e.invalid(t, "UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"other","Enabled":true}}`, "TimeToLive is active on a different AttributeName: current AttributeName is ttl")
		e.do(t, "UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":false}}`)
		time.Sleep(1000 * time.Hour)
		check("moved", "never", "old", "text")
	})
}

func TestStateSurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	e, server := start(t, dir)
	e.indexed(t)
	e.simple(t)
	e.do(t, "UpdateTimeToLive", `{"TableName":"idx","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	e.do(t, "TagResource", `{"ResourceArn":"`+arn+`idx","Tags":[{"Key":"k","Value":"v"}]}`)
	for i := range 40 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"idx","Item":{"p":{"S":"a\u0000%d"},"s":{"N":"%d"},"c":{"S":"C"},"x":{"B":"AAEC"}}}`, i, i))
	}
	e.do(t, "DeleteItem", `{"TableName":"idx","Key":{"p":{"S":"a\u00003"},"s":{"N":"3"}}}`)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"dropped"}}}`)
	e.do(t, "DeleteTable", `{"TableName":"tab"}`)
	questions := []struct{ operation, body string }{
		{"DescribeTable", `{"TableName":"idx"}`}, {"DescribeTimeToLive", `{"TableName":"idx"}`}, {"ListTagsOfResource", `{"ResourceArn":"` + arn + `idx"}`}, {"Scan", `{"TableName":"idx"}`}, {"ListTables", `{}`},
		{"Query", `{"TableName":"idx","IndexName":"all","KeyConditionExpression":"c = :c","ExpressionAttributeValues":{":c":{"S":"C"}}}`},
	}
	var before []string
	for _, q := range questions {
		before = append(before, string(e.do(t, q.operation, q.body).Body))
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	for i, q := range questions {
		if after := string(e.do(t, q.operation, q.body).Body); after != before[i] {
			t.Errorf("%s %s\nbefore %s\nafter  %s", q.operation, q.body, before[i], after)
		}
	}
	e.simple(t)
	if a := e.do(t, "Scan", `{"TableName":"tab"}`); !sameJSON(t, string(a.Body), `{"Items":[],"Count":0,"ScannedCount":0}`) {
		t.Errorf("a table made anew holds %s", a.Body)
	}
}

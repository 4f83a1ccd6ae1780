package local_test

const (
	queue  = " arn:aws:sqs:us-east-1:000000000000:q"
	dead   = " arn:aws:sqs:us-east-1:000000000000:dead"
	topic  = " arn:aws:sns:us-east-1:000000000000:t"
	table  = " arn:aws:dynamodb:us-east-1:000000000000:table/tab"
	table2 = " arn:aws:dynamodb:us-east-1:000000000000:table/tab2"
	bucket = " arn:aws:s3:::buck"
)

// needs are all operations of the services, and what each of them needs leave for, in
// an order in which every call finds what it names.
var needs = []struct {
	wireCall
	needs []string
}{
	{jsonCall("sqs", "CreateQueue", `{"QueueName":"dead"}`), []string{"sqs:CreateQueue" + dead}},
	{jsonCall("sqs", "CreateQueue", `{"QueueName":"q","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":1}"},"tags":{"a":"b"}}`), []string{"sqs:CreateQueue" + queue, "sqs:TagQueue" + queue}},
	{jsonCall("sqs", "GetQueueUrl", `{"QueueName":"q"}`), []string{"sqs:GetQueueUrl" + queue}},
	{ofQueue("GetQueueAttributes", ``), []string{"sqs:GetQueueAttributes" + queue}},
	{ofQueue("SetQueueAttributes", `,"Attributes":{}`), []string{"sqs:SetQueueAttributes" + queue}},
	{jsonCall("sqs", "ListQueues", `{}`), []string{"sqs:ListQueues *"}},
	{ofQueue("ListDeadLetterSourceQueues", ``), []string{"sqs:ListDeadLetterSourceQueues" + queue}},
	{ofQueue("PurgeQueue", ``), []string{"sqs:PurgeQueue" + queue}},
	{ofQueue("TagQueue", `,"Tags":{"a":"b"}`), []string{"sqs:TagQueue" + queue}},
	{ofQueue("UntagQueue", `,"TagKeys":["a"]`), []string{"sqs:UntagQueue" + queue}},
	{ofQueue("ListQueueTags", ``), []string{"sqs:ListQueueTags" + queue}},
	{ofQueue("SendMessage", `,"MessageBody":"m"`), []string{"sqs:SendMessage" + queue}},
	{ofQueue("SendMessageBatch", `,"Entries":[{"Id":"1","MessageBody":"m"}]`), []string{"sqs:SendMessage" + queue}},
	{ofQueue("ReceiveMessage", ``), []string{"sqs:ReceiveMessage" + queue}},
	{ofQueue("DeleteMessage", `,"ReceiptHandle":"x"`), []string{"sqs:DeleteMessage" + queue}},
	{ofQueue("DeleteMessageBatch", `,"Entries":[{"Id":"1","ReceiptHandle":"x"}]`), []string{"sqs:DeleteMessage" + queue}},
	{ofQueue("ChangeMessageVisibility", `,"ReceiptHandle":"x","VisibilityTimeout":0`), []string{"sqs:ChangeMessageVisibility" + queue}},
	{ofQueue("ChangeMessageVisibilityBatch", `,"Entries":[{"Id":"1","ReceiptHandle":"x","VisibilityTimeout":0}]`), []string{"sqs:ChangeMessageVisibility" + queue}},
	{jsonCall("sqs", "StartMessageMoveTask", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dead"}`), []string{"sqs:StartMessageMoveTask" + dead, "sqs:ReceiveMessage" + dead, "sqs:DeleteMessage" + dead, "sqs:GetQueueAttributes" + dead, "sqs:SendMessage" + queue}},
	{jsonCall("sqs", "StartMessageMoveTask", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dead","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:q"}`), []string{"sqs:StartMessageMoveTask" + dead, "sqs:ReceiveMessage" + dead, "sqs:DeleteMessage" + dead, "sqs:GetQueueAttributes" + dead, "sqs:SendMessage" + queue}},
	{jsonCall("sqs", "ListMessageMoveTasks", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dead"}`), []string{"sqs:ListMessageMoveTasks" + dead, "sqs:ReceiveMessage" + dead, "sqs:DeleteMessage" + dead, "sqs:GetQueueAttributes" + dead}},
	{jsonCall("sqs", "CancelMessageMoveTask", `{"TaskHandle":"eyJ0YXNrSWQiOiJ0Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMDAwMDAwMDpkZWFkIn0="}`), []string{"sqs:CancelMessageMoveTask" + dead, "sqs:ReceiveMessage" + dead, "sqs:DeleteMessage" + dead, "sqs:GetQueueAttributes" + dead}},

	{jsonCall("sns", "CreateTopic", "Name=t&Tags.member.1.Key=a&Tags.member.1.Value=b"), []string{"sns:CreateTopic" + topic, "sns:TagResource" + topic}},
	{ofTopic("GetTopicAttributes", ""), []string{"sns:GetTopicAttributes" + topic}},
	{ofTopic("SetTopicAttributes", "&AttributeName=DisplayName&AttributeValue=x"), []string{"sns:SetTopicAttributes" + topic}},
	{jsonCall("sns", "ListTopics", ""), []string{"sns:ListTopics *"}},
	{ofTopic("Subscribe", "&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:q"), []string{"sns:Subscribe" + topic}},
	{jsonCall("sns", "Unsubscribe", "SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:x"), []string{"sns:Unsubscribe *"}},
	{jsonCall("sns", "GetSubscriptionAttributes", "SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:x"), []string{"sns:GetSubscriptionAttributes *"}},
	{jsonCall("sns", "SetSubscriptionAttributes", "SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:x"), []string{"sns:SetSubscriptionAttributes *"}},
	{jsonCall("sns", "ListSubscriptions", ""), []string{"sns:ListSubscriptions *"}},
	{ofTopic("ListSubscriptionsByTopic", ""), []string{"sns:ListSubscriptionsByTopic" + topic}},
	{jsonCall("sns", "TagResource", "ResourceArn=arn:aws:sns:us-east-1:000000000000:t"), []string{"sns:TagResource" + topic}},
	{jsonCall("sns", "UntagResource", "ResourceArn=arn:aws:sns:us-east-1:000000000000:t"), []string{"sns:UntagResource" + topic}},
	{jsonCall("sns", "ListTagsForResource", "ResourceArn=arn:aws:sns:us-east-1:000000000000:t"), []string{"sns:ListTagsForResource" + topic}},
	{ofTopic("Publish", "&Message=m"), []string{"sns:Publish" + topic}},
	{jsonCall("sns", "Publish", "TargetArn=arn:aws:sns:us-east-1:000000000000:t&Message=m"), []string{"sns:Publish" + topic}},
	{ofTopic("PublishBatch", "&PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=m"), []string{"sns:Publish" + topic}},
	{ofTopic("DeleteTopic", ""), []string{"sns:DeleteTopic" + topic}},

	{jsonCall("dynamodb", "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}`), []string{"dynamodb:CreateTable" + table}},
	{ofTable("DescribeTable", ``), []string{"dynamodb:DescribeTable" + table}},
	{ofTable("UpdateTable", `,"DeletionProtectionEnabled":false`), []string{"dynamodb:UpdateTable" + table}},
	{jsonCall("dynamodb", "ListTables", `{}`), []string{"dynamodb:ListTables *"}},
	{ofTable("DescribeTimeToLive", ``), []string{"dynamodb:DescribeTimeToLive" + table}},
	{ofTable("UpdateTimeToLive", ``), []string{"dynamodb:UpdateTimeToLive" + table}},
	{ofTable("DescribeContinuousBackups", ``), []string{"dynamodb:DescribeContinuousBackups" + table}},
	{ofTable("UpdateContinuousBackups", ``), []string{"dynamodb:UpdateContinuousBackups" + table}},
	{jsonCall("dynamodb", "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab"}`), []string{"dynamodb:ListTagsOfResource" + table}},
	{jsonCall("dynamodb", "TagResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab"}`), []string{"dynamodb:TagResource" + table}},
	{jsonCall("dynamodb", "UntagResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab"}`), []string{"dynamodb:UntagResource" + table}},
	{ofTable("PutItem", `,"Item":{"k":{"S":"x"}}`), []string{"dynamodb:PutItem" + table}},
	{jsonCall("dynamodb", "PutItem", `{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/tab","Item":{"k":{"S":"x"}}}`), []string{"dynamodb:PutItem" + table}},
	{ofTable("UpdateItem", `,"Key":{"k":{"S":"x"}}`), []string{"dynamodb:UpdateItem" + table}},
	{ofTable("GetItem", `,"Key":{"k":{"S":"x"}}`), []string{"dynamodb:GetItem" + table}},
	{ofTable("DeleteItem", `,"Key":{"k":{"S":"x"}}`), []string{"dynamodb:DeleteItem" + table}},
	{ofTable("Query", `,"KeyConditionExpression":"k = :k","ExpressionAttributeValues":{":k":{"S":"x"}}`), []string{"dynamodb:Query" + table}},
	{ofTable("Query", `,"IndexName":"idx","KeyConditionExpression":"k = :k","ExpressionAttributeValues":{":k":{"S":"x"}}`), []string{"dynamodb:Query" + table + "/index/idx"}},
	{ofTable("Scan", ``), []string{"dynamodb:Scan" + table}},
	{ofTable("Scan", `,"IndexName":"idx"`), []string{"dynamodb:Scan" + table + "/index/idx"}},
	{jsonCall("dynamodb", "BatchGetItem", `{"RequestItems":{"tab":{"Keys":[{"k":{"S":"x"}}]},"tab2":{"Keys":[{"k":{"S":"x"}}]}}}`), []string{"dynamodb:BatchGetItem" + table, "dynamodb:BatchGetItem" + table2}},
	{jsonCall("dynamodb", "BatchWriteItem", `{"RequestItems":{"tab":[{"PutRequest":{"Item":{"k":{"S":"x"}}}}]}}`), []string{"dynamodb:BatchWriteItem" + table}},
	{jsonCall("dynamodb", "TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"tab","Key":{"k":{"S":"x"}}}},{"Get":{"TableName":"tab2","Key":{"k":{"S":"x"}}}}]}`), []string{"dynamodb:GetItem" + table, "dynamodb:GetItem" + table2}},
	{jsonCall("dynamodb", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"tab","Item":{"k":{"S":"1"}}}},{"Update":{"TableName":"tab","Key":{"k":{"S":"2"}}}},{"Delete":{"TableName":"tab","Key":{"k":{"S":"3"}}}},{"ConditionCheck":{"TableName":"tab","Key":{"k":{"S":"4"}},"ConditionExpression":"attribute_not_exists(k)"}}]}`), []string{"dynamodb:PutItem" + table, "dynamodb:UpdateItem" + table, "dynamodb:DeleteItem" + table, "dynamodb:ConditionCheckItem" + table}},
	{jsonCall("dynamodb", "ExecuteStatement", `{"Statement":"INSERT INTO tab VALUE {'k': '5'}"}`), []string{"dynamodb:PartiQLInsert" + table}},
	{jsonCall("dynamodb", "BatchExecuteStatement", `{"Statements":[{"Statement":"INSERT INTO \"tab\" VALUE {'k': '6'}"}]}`), []string{"dynamodb:PartiQLInsert" + table}},
	{ofTable("DeleteTable", ``), []string{"dynamodb:DeleteTable" + table}},

	{s3Call("GET /"), []string{"s3:ListAllMyBuckets *"}},
	{s3Call("PUT /buck"), []string{"s3:CreateBucket" + bucket}},
	{s3Call("HEAD /buck"), []string{"s3:ListBucket" + bucket}},
	{s3Call("GET /buck?location"), []string{"s3:GetBucketLocation" + bucket}},
	{s3Call("GET /buck?acl"), []string{"s3:GetBucketAcl" + bucket}},
	{s3Call("PUT /buck?acl", "X-Amz-Acl", "private"), []string{"s3:PutBucketAcl" + bucket}},
	{s3Call("GET /buck"), []string{"s3:ListBucket" + bucket}},
	{s3Call("GET /buck?list-type=2"), []string{"s3:ListBucket" + bucket}},
	{s3Call("GET /buck?versions"), []string{"s3:ListBucketVersions" + bucket}},
	{s3Call("PUT /buck/a/k"), []string{"s3:PutObject" + bucket + "/a/k"}},
	{s3Call("PUT /buck/k", "X-Amz-Tagging", "a=b", "X-Amz-Acl", "private"), []string{"s3:PutObject" + bucket + "/k", "s3:PutObjectTagging" + bucket + "/k", "s3:PutObjectAcl" + bucket + "/k"}},
	{s3Call("PUT /buck/l", "X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Legal-Hold", "ON"), []string{"s3:PutObject" + bucket + "/l", "s3:PutObjectRetention" + bucket + "/l", "s3:PutObjectLegalHold" + bucket + "/l"}},
	{s3Call("PUT /buck/c", "X-Amz-Copy-Source", "buck/a/k"), []string{"s3:PutObject" + bucket + "/c", "s3:GetObject" + bucket + "/a/k"}},
	{s3Call("PUT /buck/c", "X-Amz-Copy-Source", "buck/a/k?versionId=v"), []string{"s3:PutObject" + bucket + "/c", "s3:GetObjectVersion" + bucket + "/a/k"}},
	{s3Call("GET /buck/k"), []string{"s3:GetObject" + bucket + "/k"}},
	{s3Call("GET /buck/none"), []string{"s3:GetObject" + bucket + "/none", "s3:ListBucket" + bucket}},
	{s3Call("HEAD /buck/none"), []string{"s3:GetObject" + bucket + "/none", "s3:ListBucket" + bucket}},
	{s3Call("GET /buck/k?versionId=null"), []string{"s3:GetObjectVersion" + bucket + "/k"}},
	{s3Call("HEAD /buck/k"), []string{"s3:GetObject" + bucket + "/k"}},
	{s3Call("GET /buck/k?tagging"), []string{"s3:GetObjectTagging" + bucket + "/k"}},
	{s3Call("GET /buck/k?tagging&versionId=null"), []string{"s3:GetObjectVersionTagging" + bucket + "/k"}},
	{s3Call("PUT /buck/k?tagging"), []string{"s3:PutObjectTagging" + bucket + "/k"}},
	{s3Call("DELETE /buck/k?tagging"), []string{"s3:DeleteObjectTagging" + bucket + "/k"}},
	{s3Call("GET /buck/k?retention"), []string{"s3:GetObjectRetention" + bucket + "/k"}},
	{s3Call("PUT /buck/k?retention", "X-Amz-Bypass-Governance-Retention", "true"), []string{"s3:PutObjectRetention" + bucket + "/k", "s3:BypassGovernanceRetention" + bucket + "/k"}},
	{s3Call("GET /buck/k?legal-hold"), []string{"s3:GetObjectLegalHold" + bucket + "/k"}},
	{s3Call("PUT /buck/k?legal-hold"), []string{"s3:PutObjectLegalHold" + bucket + "/k"}},
	{s3Call("DELETE /buck/k?versionId=x"), []string{"s3:DeleteObjectVersion" + bucket + "/k"}},
	{s3Call("DELETE /buck/k"), []string{"s3:DeleteObject" + bucket + "/k"}},
	{s3Call("GET /buck?accelerate"), []string{"s3:GetAccelerateConfiguration" + bucket}},
	{s3Call("PUT /buck?accelerate"), []string{"s3:PutAccelerateConfiguration" + bucket}},
	{s3Call("GET /buck?cors"), []string{"s3:GetBucketCORS" + bucket}},
	{s3Call("PUT /buck?cors"), []string{"s3:PutBucketCORS" + bucket}},
	{s3Call("DELETE /buck?cors"), []string{"s3:PutBucketCORS" + bucket}},
	{s3Call("GET /buck?encryption"), []string{"s3:GetEncryptionConfiguration" + bucket}},
	{s3Call("PUT /buck?encryption"), []string{"s3:PutEncryptionConfiguration" + bucket}},
	{s3Call("DELETE /buck?encryption"), []string{"s3:PutEncryptionConfiguration" + bucket}},
	{s3Call("GET /buck?lifecycle"), []string{"s3:GetLifecycleConfiguration" + bucket}},
	{s3Call("PUT /buck?lifecycle"), []string{"s3:PutLifecycleConfiguration" + bucket}},
	{s3Call("DELETE /buck?lifecycle"), []string{"s3:PutLifecycleConfiguration" + bucket}},
	{s3Call("GET /buck?logging"), []string{"s3:GetBucketLogging" + bucket}},
	{s3Call("PUT /buck?logging"), []string{"s3:PutBucketLogging" + bucket}},
	{s3Call("GET /buck?notification"), []string{"s3:GetBucketNotification" + bucket}},
	{s3Call("PUT /buck?notification"), []string{"s3:PutBucketNotification" + bucket}},
	{s3Call("GET /buck?object-lock"), []string{"s3:GetBucketObjectLockConfiguration" + bucket}},
	{s3Call("PUT /buck?object-lock"), []string{"s3:PutBucketObjectLockConfiguration" + bucket}},
	{s3Call("GET /buck?ownershipControls"), []string{"s3:GetBucketOwnershipControls" + bucket}},
	{s3Call("PUT /buck?ownershipControls"), []string{"s3:PutBucketOwnershipControls" + bucket}},
	{s3Call("DELETE /buck?ownershipControls"), []string{"s3:PutBucketOwnershipControls" + bucket}},
	{s3Call("GET /buck?policy"), []string{"s3:GetBucketPolicy" + bucket}},
	{s3Call("PUT /buck?policy"), []string{"s3:PutBucketPolicy" + bucket}},
	{s3Call("DELETE /buck?policy"), []string{"s3:DeleteBucketPolicy" + bucket}},
	{s3Call("GET /buck?publicAccessBlock"), []string{"s3:GetBucketPublicAccessBlock" + bucket}},
	{s3Call("PUT /buck?publicAccessBlock"), []string{"s3:PutBucketPublicAccessBlock" + bucket}},
	{s3Call("DELETE /buck?publicAccessBlock"), []string{"s3:PutBucketPublicAccessBlock" + bucket}},
	{s3Call("GET /buck?replication"), []string{"s3:GetReplicationConfiguration" + bucket}},
	{s3Call("PUT /buck?replication"), []string{"s3:PutReplicationConfiguration" + bucket}},
	{s3Call("DELETE /buck?replication"), []string{"s3:PutReplicationConfiguration" + bucket}},
	{s3Call("GET /buck?requestPayment"), []string{"s3:GetBucketRequestPayment" + bucket}},
	{s3Call("PUT /buck?requestPayment"), []string{"s3:PutBucketRequestPayment" + bucket}},
	{s3Call("GET /buck?tagging"), []string{"s3:GetBucketTagging" + bucket}},
	{s3Call("PUT /buck?tagging"), []string{"s3:PutBucketTagging" + bucket}},
	{s3Call("DELETE /buck?tagging"), []string{"s3:PutBucketTagging" + bucket}},
	{s3Call("GET /buck?versioning"), []string{"s3:GetBucketVersioning" + bucket}},
	{s3Call("PUT /buck?versioning"), []string{"s3:PutBucketVersioning" + bucket}},
	{s3Call("GET /buck?website"), []string{"s3:GetBucketWebsite" + bucket}},
	{s3Call("PUT /buck?website"), []string{"s3:PutBucketWebsite" + bucket}},
	{s3Call("DELETE /buck?website"), []string{"s3:DeleteBucketWebsite" + bucket}},
	{s3Call("DELETE /buck"), []string{"s3:DeleteBucket" + bucket}},
	{ofQueue("DeleteQueue", ``), []string{"sqs:DeleteQueue" + queue}},
}

func ofQueue(operation, members string) wireCall {
	return jsonCall("sqs", operation, `{"QueueUrl":"http://127.0.0.1:4566/000000000000/q"`+members+`}`)
}

func ofTopic(operation, members string) wireCall {
	return jsonCall("sns", operation, "TopicArn=arn:aws:sns:us-east-1:000000000000:t"+members)
}

func ofTable(operation, members string) wireCall {
	return jsonCall("dynamodb", operation, `{"TableName":"tab"`+members+`}`)
}

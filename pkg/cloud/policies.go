package cloud

// The policies of the resources, as Terraform renders them (terraform/policies.tf).

type object = map[string]any

func policyOf(statements ...any) string {
	return document(object{"Version": "2012-10-17", "Statement": statements})
}

// notWithoutTLS denies an action on resources to whoever comes without TLS.
func notWithoutTLS(action string, resource any) object {
	return object{
		"Sid": "NotWithoutTLS", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
		"Condition": object{"Bool": object{"aws:SecureTransport": "false"}},
	}
}

// BucketPolicy is the policy that the bucket of the log has.
func (s *Stack) BucketPolicy() string { return s.bucketPolicy() }

// topicPolicy leaves it to IAM who of the account publishes.
func (s *Stack) topicPolicy() string {
	return policyOf(object{
		"Sid": "AccountPublishes", "Effect": "Allow", "Principal": object{"AWS": "arn:" + s.Partition + ":iam::" + s.Account + ":root"},
		"Action": "sns:Publish", "Resource": s.TopicARN(),
	}, notWithoutTLS("sns:Publish", s.TopicARN()))
}

// queuePolicy lets the topic, and no other service, send to a queue that it delivers to
// ("Subscribing an Amazon SQS queue to an Amazon SNS topic", Amazon SNS Developer
// Guide).
func (s *Stack) queuePolicy(queue string, fromTopic bool) string {
	tls := notWithoutTLS("sqs:*", s.QueueARN(queue))
	if !fromTopic {
		return policyOf(tls)
	}
	return policyOf(object{
		"Sid": "TopicSends", "Effect": "Allow", "Principal": object{"Service": "sns.amazonaws.com"},
		"Action": "sqs:SendMessage", "Resource": s.QueueARN(queue),
		"Condition": object{"ArnEquals": object{"aws:SourceArn": s.TopicARN()}},
	}, tls)
}

// bucketPolicy has no object written over another ("Enforce conditional writes on
// Amazon S3 buckets", Amazon S3 User Guide).
func (s *Stack) bucketPolicy() string {
	bucket := "arn:" + s.Partition + ":s3:::" + s.AuditBucket()
	return policyOf(notWithoutTLS("s3:*", []string{bucket, bucket + "/*"}), object{
		"Sid": "NotOverAnother", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": bucket + "/*",
		"Condition": object{"Null": object{"s3:if-none-match": "true"}, "Bool": object{"s3:ObjectCreationOperation": "true"}},
	})
}

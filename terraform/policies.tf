# Who may do what. Nobody may do anything without TLS; beyond what is allowed here,
# IAM decides about the principals of the account.

locals {
  without_tls = { Bool = { "aws:SecureTransport" = "false" } }

  topic_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountPublishes"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
      },
      {
        Sid       = "NotWithoutTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = local.without_tls
      },
    ]
  })

  # The topic, and nobody else, sends to the queues that it delivers to and to that
  # of what it could not deliver ("Subscribing an Amazon SQS queue to an Amazon SNS
  # topic" and "Amazon SNS dead-letter queues", Amazon SNS Developer Guide).
  from_topic = setunion(local.services, ["undelivered"])
  queue_policies = { for q, arn in local.queue_arns : q => jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for _ in setintersection(local.from_topic, [q]) : {
        Sid       = "TopicSends"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.topic_arn } }
      }],
      [{
        Sid       = "NotWithoutTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = arn
        Condition = local.without_tls
      }],
    )
  }) }

  bucket_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "NotWithoutTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = local.without_tls
      },
      # Nothing is written over what is there ("Enforce conditional writes on Amazon S3
      # buckets", Amazon S3 User Guide). The parts of an upload in parts make no object.
      {
        Sid       = "NotOverAnother"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/*"
        Condition = {
          Null = { "s3:if-none-match" = "true" }
          Bool = { "s3:ObjectCreationOperation" = "true" }
        }
      },
    ]
  })
}

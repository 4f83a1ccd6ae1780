# What people may do who look after a stack with scripts/statline: the operator with
# status, doctor, dlq, inbox and trace, whoever reads the log with audit. Neither can
# write a result or an object of the log. Attach the outputs to whoever is that.

locals {
  dead_letters = [for q in ["stats-dlq", "audit-dlq", "undelivered"] : local.queue_arns[q]]

  operator_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Topic"
          Effect   = "Allow"
          Action   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
          Resource = local.topic_arn
        },
        {
          Sid       = "Subscriptions"
          Effect    = "Allow"
          Action    = "sns:GetSubscriptionAttributes"
          Resource  = "*"
          Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
        },
        {
          Sid      = "Queues"
          Effect   = "Allow"
          Action   = "sqs:GetQueueAttributes"
          Resource = sort(values(local.queue_arns))
        },
        {
          Sid      = "DeadLetters"
          Effect   = "Allow"
          Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
          Resource = local.dead_letters
        },
        {
          Sid      = "SendBack"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = [for s in local.services : local.queue_arns[s]]
        },
        {
          Sid      = "Inboxes"
          Effect   = "Allow"
          Action   = ["sqs:GetQueueAttributes", "sqs:DeleteQueue"]
          Resource = "${local.inbox_arns}*"
        },
        {
          Sid       = "FindInboxes"
          Effect    = "Allow"
          Action    = "sqs:ListQueues"
          Resource  = "*"
          Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
        },
        {
          Sid      = "Table"
          Effect   = "Allow"
          Action   = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:DescribeContinuousBackups", "dynamodb:GetItem"]
          Resource = local.table_arn
        },
      ],
      [for _ in range(var.history_index ? 1 : 0) : {
        Sid      = "Results"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${local.table_arn}/index/by_time"
      }],
      [
        {
          Sid      = "Bucket"
          Effect   = "Allow"
          Action   = ["s3:ListBucket", "s3:GetBucketVersioning", "s3:GetBucketPublicAccessBlock", "s3:GetBucketPolicy", "s3:GetEncryptionConfiguration"]
          Resource = local.bucket_arn
        },
        local.read_log,
        {
          Sid       = "FindFunctions"
          Effect    = "Allow"
          Action    = "lambda:ListEventSourceMappings"
          Resource  = "*"
          Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
        },
        {
          Sid      = "Functions"
          Effect   = "Allow"
          Action   = "lambda:GetFunctionConfiguration"
          Resource = [for s in local.services : "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${local.runs[s]}"]
        },
      ],
      local.key_statements["operator"],
    )
  })

  auditor_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Bucket"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = local.bucket_arn
        },
        local.read_log,
      ],
      local.key_statements["auditor"],
    )
  })

  read_log = {
    Sid      = "Log"
    Effect   = "Allow"
    Action   = "s3:GetObject"
    Resource = "${local.bucket_arn}/logs/*"
  }
}

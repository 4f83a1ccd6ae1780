# A key of your own (kms_key): one that is made here, or one that is there already,
# which then needs the policy that the output key_policy holds.

locals {
  key = var.kms_key == "create" ? one(aws_kms_key.stack[*].arn) : var.kms_key

  # Whoever uses what the key encrypts needs the key as well, and only through the
  # service that encrypts. Inboxes have keys of SQS.
  key_uses = {
    stats    = { sqs = ["kms:Decrypt"], dynamodb = ["kms:Decrypt"] }
    audit    = { sqs = ["kms:Decrypt"], s3 = ["kms:Decrypt", "kms:GenerateDataKey"] }
    client   = { sns = ["kms:Decrypt", "kms:GenerateDataKey"], dynamodb = ["kms:Decrypt"] }
    operator = { sqs = ["kms:Decrypt", "kms:GenerateDataKey"], dynamodb = ["kms:Decrypt"], s3 = ["kms:Decrypt"] }
    auditor  = { s3 = ["kms:Decrypt"] }
  }
  key_statements = { for who, uses in local.key_uses : who => [for service, actions in uses : {
    Sid       = "KeyOf${title(service)}"
    Effect    = "Allow"
    Action    = actions
    Resource  = local.key
    Condition = { StringEquals = { "kms:ViaService" = "${service}.${var.region}.amazonaws.com" } }
  } if var.kms_key != null] }

  key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Without this, nobody could ever change the key again ("Default key policy", AWS
      # KMS Developer Guide). IAM decides who of the account may.
      {
        Sid       = "AccountManages"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      # What SNS sends to an encrypted queue it encrypts as itself ("Configuring Amazon
      # SNS topic encryption with encrypted Amazon SQS queue subscription", Amazon SNS
      # Developer Guide). Without this, nothing is delivered.
      {
        Sid       = "TopicDelivers"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { ArnEquals = { "aws:SourceArn" = local.topic_arn } }
      },
      # "Encrypt log data in CloudWatch Logs using AWS Key Management Service", Amazon
      # CloudWatch Logs User Guide.
      {
        Sid       = "LogsOfServices"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = sort(values(local.log_group_arns)) } }
      },
    ]
  })
}

resource "aws_kms_key" "stack" {
  count                   = var.kms_key == "create" ? 1 : 0
  description             = "The statline stack ${var.name}."
  policy                  = local.key_policy
  enable_key_rotation     = true # every year; what was encrypted before stays readable
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "stack" {
  count         = var.kms_key == "create" ? 1 : 0
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.stack[0].key_id
}

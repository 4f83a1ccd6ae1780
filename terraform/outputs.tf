output "topic_arn" {
  description = "Topic that requests are published to."
  value       = aws_sns_topic.requests.arn
}

output "queue_urls" {
  description = "URLs of the queues: stats and audit, their dead-letter queues, and undelivered, which holds what SNS could not deliver."
  value       = { for q, queue in local.made : q => queue.url }
}

output "queue_arns" {
  description = "ARNs of the same queues."
  value       = { for q, queue in local.made : q => queue.arn }
}

output "table" {
  description = "DynamoDB table of the results."
  value       = aws_dynamodb_table.results.name
}

output "bucket" {
  description = "S3 bucket of the text log."
  value       = aws_s3_bucket.audit.bucket
}

output "try" {
  description = "A first command, for when the services run."
  value       = "AWS_REGION=${var.region} statline --stack ${var.name} send 7 8 54 89"
}

output "service_policies" {
  description = "IAM policies of the two services, by stats and audit: what a role must allow that runs them elsewhere."
  value       = local.service_policies
}

output "client_policies" {
  description = "IAM policies of the clients, by client_id."
  value       = local.client_policies
}

output "client_policy_arns" {
  description = "ARNs of the same, to attach to whoever is that client."
  value       = { for c, policy in aws_iam_policy.client : c => policy.arn }
}

output "operator_policy" {
  description = "IAM policy of whoever looks after the stack: statline status, doctor, dlq, inbox and trace."
  value       = local.operator_policy
}

output "auditor_policy" {
  description = "IAM policy of whoever reads the log: statline audit."
  value       = local.auditor_policy
}

output "key_policy" {
  description = "The policy that a key needs which is given as kms_key."
  value       = local.key_policy
}

locals {
  made = merge(
    aws_sqs_queue.service,
    { for s, queue in aws_sqs_queue.dlq : "${s}-dlq" => queue },
    { undelivered = aws_sqs_queue.undelivered },
  )
}

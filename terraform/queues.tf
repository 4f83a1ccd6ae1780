# A queue for each service, with a dead-letter queue that takes from it alone.
# Policies stand in the queues themselves: the provider waits 25 seconds for each
# that is a resource of its own.

locals {
  retention_seconds = 14 * 24 * 60 * 60 # the most that SQS keeps a message

  # A worker renews what it works on. Lambda does not: "Creating and configuring an
  # Amazon SQS event source mapping" (AWS Lambda Developer Guide) asks for six times
  # the function's timeout, and the time for which the mapping gathers messages counts
  # as well.
  visibility_seconds = { for s in local.services : s =>
    var.compute == "lambda" ? 6 * local.functions[s].timeout + local.functions[s].window : 30
  }
}

resource "aws_sqs_queue" "service" {
  for_each                   = local.services
  name                       = local.queues[each.key]
  visibility_timeout_seconds = local.visibility_seconds[each.key]
  message_retention_seconds  = local.retention_seconds
  sqs_managed_sse_enabled    = local.key == null ? true : null
  kms_master_key_id          = local.key
  policy                     = local.queue_policies[each.key]
  redrive_policy = jsonencode({
    deadLetterTargetArn = local.queue_arns["${each.key}-dlq"]
    maxReceiveCount     = 10
  })
  depends_on = [aws_sqs_queue.dlq] # SQS refuses to name one that is not there
}

resource "aws_sqs_queue" "dlq" {
  for_each                  = local.services
  name                      = local.queues["${each.key}-dlq"]
  message_retention_seconds = local.retention_seconds
  sqs_managed_sse_enabled   = local.key == null ? true : null
  kms_master_key_id         = local.key
  policy                    = local.queue_policies["${each.key}-dlq"]
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns[each.key]]
  })
}

resource "aws_sqs_queue" "undelivered" {
  name                      = local.queues["undelivered"]
  message_retention_seconds = local.retention_seconds
  sqs_managed_sse_enabled   = local.key == null ? true : null
  kms_master_key_id         = local.key
  policy                    = local.queue_policies["undelivered"]
}

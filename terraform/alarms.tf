# What wakes an operator. Each alarm names the part of runbooks.md that ends it.

locals {
  alarms = coalesce(var.alarms, var.compute != "none")

  # A metric is [namespace, name, dimensions].
  sqs    = { for q, name in local.queues : q => { QueueName = name } }
  lambda = { for s in local.in_lambda : s => { FunctionName = local.runs[s] } }

  # Alarms on one metric. seconds and of: the length of a period, and how many of them
  # in a row must be bad.
  simple_alarms = merge(
    { for s in local.services : "${s}-dead-letters" => {
      runbook = "dead-letters", says = "Messages that the ${s} service gave up wait in ${local.queues["${s}-dlq"]}."
      metric  = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", local.sqs["${s}-dlq"]]
      stat    = "Maximum", above = 0, seconds = 60, of = 1
    } },
    { undelivered = {
      runbook = "undelivered", says = "SNS could not deliver requests to a queue; they wait in ${local.queues["undelivered"]}."
      metric  = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", local.sqs["undelivered"]]
      stat    = "Maximum", above = 0, seconds = 60, of = 1
    } },
    { lost = {
      runbook = "lost", says = "SNS could deliver requests neither to their queue nor to ${local.queues["undelivered"]}: they are lost."
      metric  = ["AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", { TopicName = local.topic }]
      stat    = "Sum", above = 0, seconds = 60, of = 1
    } },
    { for s in local.services : "${s}-late" => {
      runbook = "late", says = "The oldest message in ${local.queues[s]} has waited more than ${var.alarm_age[s]} seconds."
      metric  = ["AWS/SQS", "ApproximateAgeOfOldestMessage", local.sqs[s]]
      stat    = "Maximum", above = var.alarm_age[s], seconds = 60, of = 3
    } },
    # SQS lets 120,000 messages of a queue be in flight, and then answers long polls with
    # nothing ("Amazon SQS standard queue quotas", Amazon SQS Developer Guide).
    { for s in local.services : "${s}-in-flight" => {
      runbook = "in-flight", says = "More than 90,000 messages of ${local.queues[s]} are in flight; at 120,000 SQS hands out no more."
      metric  = ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", local.sqs[s]]
      stat    = "Maximum", above = 90000, seconds = 60, of = 3
    } },
    { for s in local.in_lambda : "${s}-errors" => {
      runbook = "errors", says = "The function ${local.runs[s]} fails as a whole: it crashes, or runs out of time."
      metric  = ["AWS/Lambda", "Errors", local.lambda[s]]
      stat    = "Sum", above = 0, seconds = 300, of = 1
    } },
    { for s in local.in_lambda : "${s}-throttles" => {
      runbook = "throttles", says = "The account has no room for more of the function ${local.runs[s]}."
      metric  = ["AWS/Lambda", "Throttles", local.lambda[s]]
      stat    = "Sum", above = 0, seconds = 300, of = 3
    } },
    { for t, metric in local.throttles : "${t}-throttled" => {
      runbook = "table-throttles", says = "DynamoDB throttles ${replace(t, "-", " ")} of ${local.table}."
      metric  = metric
      stat    = "Sum", above = 0, seconds = 300, of = 1
    } },
  )

  # DynamoDB has no figure of throttles where there are none, so that a sum of them would
  # have none as well.
  throttles = merge(
    {
      table-reads  = ["AWS/DynamoDB", "ReadThrottleEvents", { TableName = local.table }]
      table-writes = ["AWS/DynamoDB", "WriteThrottleEvents", { TableName = local.table }]
    },
    { for _ in range(var.history_index ? 1 : 0) : "index-writes" => ["AWS/DynamoDB", "WriteThrottleEvents", { TableName = local.table, GlobalSecondaryIndexName = "by_time" }] },
  )

  silent        = { runbook = "audit-silent", metrics = { answered = local.sqs["stats"], logged = local.sqs["audit"] } }
  alarm_actions = var.alarm_topic == null ? [] : [var.alarm_topic]
}

resource "aws_cloudwatch_metric_alarm" "simple" {
  for_each            = { for alarm, a in local.simple_alarms : alarm => a if local.alarms }
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} ${var.runbooks}#${each.value.runbook}"
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = each.value.metric[2]
  statistic           = each.value.stat
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = each.value.seconds
  evaluation_periods  = each.value.of
  treat_missing_data  = "notBreaching" # SQS and Lambda say nothing where nothing is
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Both queues have figures as long as either service or any client uses them. These are
# SQS's own: what the audit service says of itself (Entries) fails with it, and is not
# there for workers elsewhere, while a message that it deletes has its entry.
resource "aws_cloudwatch_metric_alarm" "audit_silent" {
  count               = local.alarms ? 1 : 0
  alarm_name          = "${var.name}-audit-silent"
  alarm_description   = "Requests are answered, and none is written to the log. ${var.runbooks}#${local.silent.runbook}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  metric_query {
    id          = "silent"
    expression  = "IF(answered > 0 AND logged == 0, 1, 0)"
    label       = "audit is silent"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = local.silent.metrics
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/SQS"
        metric_name = "NumberOfMessagesDeleted"
        dimensions  = metric_query.value
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

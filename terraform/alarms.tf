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
  )

  # Alarms on an expression over several, which is 1 when all is not well.
  derived_alarms = {
    table-throttles = {
      runbook    = "table-throttles", says = "DynamoDB throttles ${local.table}.", seconds = 300, of = 1
      expression = "IF(${join(" + ", [for id in sort(keys(local.throttles)) : "FILL(${id}, 0)"])} > 0, 1, 0)"
      metrics    = local.throttles
    }
    audit-silent = {
      runbook    = "audit-silent", says = "Requests are answered, and none is written to the log.", seconds = 300, of = 3
      expression = "IF(FILL(answered, 0) > 0 AND FILL(logged, 0) == 0, 1, 0)"
      metrics = {
        answered = ["AWS/SQS", "NumberOfMessagesDeleted", local.sqs["stats"]]
        logged   = ["AWS/SQS", "NumberOfMessagesDeleted", local.sqs["audit"]]
      }
    }
  }
  throttles = merge(
    {
      reads  = ["AWS/DynamoDB", "ReadThrottleEvents", { TableName = local.table }]
      writes = ["AWS/DynamoDB", "WriteThrottleEvents", { TableName = local.table }]
    },
    { for _ in range(var.history_index ? 1 : 0) : "index" => ["AWS/DynamoDB", "WriteThrottleEvents", { TableName = local.table, GlobalSecondaryIndexName = "by_time" }] },
  )

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

resource "aws_cloudwatch_metric_alarm" "derived" {
  for_each            = { for alarm, a in local.derived_alarms : alarm => a if local.alarms }
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} ${var.runbooks}#${each.value.runbook}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = each.value.of
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  metric_query {
    id          = "bad"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }
  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value[0]
        metric_name = metric_query.value[1]
        dimensions  = metric_query.value[2]
        stat        = "Sum"
        period      = each.value.seconds
      }
    }
  }
}

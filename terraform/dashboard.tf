# The stack at a glance: requests, answers, what waits, what failed.

locals {
  dashboard = coalesce(var.dashboard, var.compute != "none")

  # What the services count themselves (pkg/telemetry): a metric is in its service's
  # lines, and there is none where nothing is counted.
  own = { for s in local.services : s => ["Stack", var.name, "Service", s] }
  answers = [
    "Answered.ok", "Answered.expired", "Answered.dead", "Refused.invalid_json", "Refused.invalid_schema", "Refused.invalid_field", "Refused.invalid_number",
    "Refused.empty_list", "Refused.too_large", "Refused.internal", "Refused.other", "Refused.id_conflict", "Repeats",
  ]
  trouble = {
    stats = ["StoreFailures", "ReplyFailures", "RepliesUndeliverable"]
    audit = ["ObjectFailures"]
    both  = ["MessagesFailed", "MessagesGivenUp", "MessagesLost", "ReceiveFailures", "DeleteFailures", "VisibilityFailures", "Throttles"]
  }

  # The widgets, two in a row. A line of a widget is [namespace, metric, dimension,
  # value, …, { label, stat }].
  widgets = concat(
    [
      { title = "Requests and answers", lines = [
        ["AWS/SNS", "NumberOfMessagesPublished", "TopicName", local.topic, { label = "messages published", stat = "Sum" }],
        ["AWS/SQS", "NumberOfMessagesDeleted", "QueueName", local.queues["stats"], { label = "done by stats", stat = "Sum" }],
        ["AWS/SQS", "NumberOfMessagesDeleted", "QueueName", local.queues["audit"], { label = "done by audit", stat = "Sum" }],
      ] },
      { title = "Age of the oldest message, seconds", lines = [for s in local.services :
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", local.queues[s], { label = s, stat = "Maximum" }]
      ] },
      { title = "Waiting and in flight", lines = flatten([for s in local.services : [
        { line = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.queues[s], { label = "${s} waiting", stat = "Maximum" }] },
        { line = ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", local.queues[s], { label = "${s} in flight", stat = "Maximum" }] },
      ]])[*].line },
      { title = "Given up and undelivered", lines = [for q in ["stats-dlq", "audit-dlq", "undelivered"] :
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.queues[q], { label = q, stat = "Maximum" }]
      ] },
      { title = "Table", lines = [
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", local.table, { label = "units written", stat = "Sum" }],
        ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", local.table, { label = "writes throttled", stat = "Sum" }],
        ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", local.table, { label = "reads throttled", stat = "Sum" }],
      ] },
      { title = "Answers", lines = [for metric in local.answers : concat(["statline", metric], local.own["stats"], [{ label = metric, stat = "Sum" }])] },
      { title = "Seconds in the system", lines = [
        concat(["statline", "Seconds"], local.own["stats"], [{ label = "to the answer, p50", stat = "p50" }]),
        concat(["statline", "Seconds"], local.own["stats"], [{ label = "to the answer, p99", stat = "p99" }]),
        concat(["statline", "Seconds"], local.own["audit"], [{ label = "to the log, p99", stat = "p99" }]),
      ] },
      { title = "Log", lines = [for metric in ["Entries", "Objects", "Bytes"] :
        concat(["statline", metric], local.own["audit"], [{ label = metric, stat = "Sum", yAxis = metric == "Bytes" ? "right" : "left" }])
      ] },
      { title = "What went wrong", lines = [for line in flatten([for s in local.services : [for metric in concat(local.trouble[s], local.trouble["both"]) : {
        service = s, metric = metric
      }]]) : concat(["statline", line.metric], local.own[line.service], [{ label = "${line.service} ${line.metric}", stat = "Sum" }])] },
    ],
    [for _ in range(var.compute == "lambda" ? 1 : 0) : { title = "Functions", lines = flatten([for s in local.services : [
      { line = ["AWS/Lambda", "Duration", "FunctionName", local.runs[s], { label = "${s} ms, p99", stat = "p99" }] },
      { line = ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", local.runs[s], { label = "${s} at a time", stat = "Maximum" }] },
      { line = ["AWS/Lambda", "Errors", "FunctionName", local.runs[s], { label = "${s} errors", stat = "Sum" }] },
      { line = ["AWS/Lambda", "Throttles", "FunctionName", local.runs[s], { label = "${s} throttles", stat = "Sum" }] },
    ]])[*].line }],
    [for _ in range(var.compute == "fargate" ? 1 : 0) : { title = "Tasks", lines = flatten([for s in local.services : [
      { line = ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.name, "ServiceName", local.runs[s], { label = "${s} tasks", stat = "Average" }] },
      { line = ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", local.runs[s], { label = "${s} processor, %", stat = "Average" }] },
    ]])[*].line }],
  )
}

resource "aws_cloudwatch_dashboard" "stack" {
  count          = local.dashboard ? 1 : 0
  dashboard_name = local.global
  dashboard_body = jsonencode({
    widgets = [for i, widget in local.widgets : {
      type       = "metric"
      x          = i % 2 * 12
      y          = floor(i / 2) * 6
      width      = 12
      height     = 6
      properties = { title = widget.title, region = var.region, view = "timeSeries", period = 60, metrics = widget.lines }
    }]
  })
}

# The services as Lambda functions (compute = "lambda"). SQS hands them messages
# through event source mappings, which delete what is done and leave the rest.

locals {
  # timeout: seconds that an event may take. batch: the most messages of an event.
  # window: seconds for which messages are gathered; those of the log wait for
  # company, for an object each would cost more than all else.
  functions = {
    stats = { timeout = 15, batch = 10, window = 0 }
    audit = { timeout = 30, batch = 1000, window = 30 }
  }
  in_lambda = var.compute == "lambda" ? local.services : toset([])
  zips      = { for s in local.services : s => "${coalesce(var.build, "${path.module}/build")}/${s}.zip" }
}

resource "aws_lambda_function" "service" {
  for_each         = local.in_lambda
  function_name    = local.runs[each.key]
  description      = "The ${each.key} service of the statline stack ${var.name}."
  role             = aws_iam_role.service[each.key].arn
  filename         = local.zips[each.key]
  source_code_hash = fileexists(local.zips[each.key]) ? filebase64sha256(local.zips[each.key]) : null
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  memory_size      = 512
  timeout          = local.functions[each.key].timeout
  environment {
    variables = { STATLINE_STACK = var.name, STATLINE_KEEP = local.keep }
  }
  # The group first: what Lambda makes itself keeps its lines for ever.
  depends_on = [aws_iam_role_policy.service, aws_cloudwatch_log_group.service]
  lifecycle {
    precondition {
      condition     = fileexists(local.zips[each.key])
      error_message = "There is no ${local.zips[each.key]}: run ./scripts/build, which makes it, and try again. With -var compute=none no function is made."
    }
  }
}

# Up to so many events at a time or, where pollers are asked for, as many as these
# bring ("Configuring scaling behavior for SQS event source mappings", AWS Lambda
# Developer Guide: a mapping takes one of the two).
resource "aws_lambda_event_source_mapping" "service" {
  for_each                           = local.in_lambda
  event_source_arn                   = aws_sqs_queue.service[each.key].arn
  function_name                      = aws_lambda_function.service[each.key].arn
  function_response_types            = ["ReportBatchItemFailures"]
  batch_size                         = local.functions[each.key].batch
  maximum_batching_window_in_seconds = local.functions[each.key].window

  dynamic "scaling_config" {
    for_each = var.lambda_pollers[each.key] == null ? [var.lambda_concurrency[each.key]] : []
    content {
      maximum_concurrency = scaling_config.value
    }
  }
  dynamic "provisioned_poller_config" {
    for_each = var.lambda_pollers[each.key] == null ? [] : [var.lambda_pollers[each.key]]
    content {
      minimum_pollers = provisioned_poller_config.value.min
      maximum_pollers = provisioned_poller_config.value.max
    }
  }
}

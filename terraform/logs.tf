# What the services say: JSON, a line each.

locals {
  log_groups     = { for s, run in local.runs : s => var.compute == "lambda" ? "/aws/lambda/${run}" : "/ecs/${run}" }
  log_group_arns = { for s, name in local.log_groups : s => "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${name}" }
}

resource "aws_cloudwatch_log_group" "service" {
  for_each          = var.compute == "none" ? toset([]) : local.services
  name              = local.log_groups[each.key]
  retention_in_days = var.log_days
  kms_key_id        = local.key
}

# What each service may do, and nothing else: every action is named, and every
# resource by its whole ARN where it has one before it is used. The README lists what
# is a pattern, and why.

locals {
  service_statements = {
    stats = concat(local.queue_statements["stats"], [
      {
        Sid      = "Results"
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:PartiQLInsert"] # the row that is there comes with the refusal
        Resource = local.table_arn
      },
      {
        Sid      = "Replies"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = "${local.inbox_arns}*"
      },
      {
        Sid      = "SweepInboxes"
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
    ], local.key_statements["stats"])

    audit = concat(local.queue_statements["audit"], [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject"] # it reads what it may have written itself
        Resource = "${local.bucket_arn}/logs/*"
      },
    ], local.key_statements["audit"])
  }

  queue_statements = { for s in local.services : s => [{
    Sid      = "Queue"
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    Resource = local.queue_arns[s]
  }] }

  service_policies = { for s, statements in local.service_statements : s => jsonencode({ Version = "2012-10-17", Statement = statements }) }

  # Who may be a service: where it runs. ECS says for which account.
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = var.compute == "lambda" ? "lambda.amazonaws.com" : "ecs-tasks.amazonaws.com" }
      },
      [for _ in range(var.compute == "fargate" ? 1 : 0) : {
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${var.region}:${local.account}:*" }
        }
      }]...
    )]
  })

  write_log = { for s, arn in local.log_group_arns : s => {
    Sid      = "Lines"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${arn}:log-stream:*"
  } }
}

resource "aws_iam_role" "service" {
  for_each           = var.compute == "none" ? toset([]) : local.services
  name               = "${local.global}-${each.key}"
  description        = "The ${each.key} service of the statline stack ${var.name} in ${var.region}."
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "service" {
  for_each = aws_iam_role.service
  name     = "service"
  role     = each.value.id
  policy   = local.service_policies[each.key]
}

# A function writes its lines itself; for a task, whoever starts it does.
resource "aws_iam_role_policy" "lines" {
  for_each = local.in_lambda
  name     = "lines"
  role     = aws_iam_role.service[each.key].id
  policy   = jsonencode({ Version = "2012-10-17", Statement = [local.write_log[each.key]] })
}

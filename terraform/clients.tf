# What each client may do: publish, and use inboxes of its own and the table. Whoever
# attaches the policy of a client is that client.

locals {
  client_policies = { for c, client in var.clients : c => jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Ask"
          Effect   = "Allow"
          Action   = "sns:Publish"
          Resource = local.topic_arn
        },
        {
          Sid      = "Inbox"
          Effect   = "Allow"
          Action   = ["sqs:CreateQueue", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:DeleteQueue"]
          Resource = "${local.inbox_arns}${c}-*"
        },
        # The last dash of an inbox's name ends its client: these are other clients'.
        {
          Sid      = "NotOfOthers"
          Effect   = "Deny"
          Action   = "sqs:*"
          Resource = "${local.inbox_arns}${c}-*-*"
        },
        {
          Sid      = "Result"
          Effect   = "Allow"
          Action   = "dynamodb:GetItem"
          Resource = local.table_arn
        },
      ],
      [for _ in range(client.results && var.history_index ? 1 : 0) : {
        Sid      = "Results"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${local.table_arn}/index/by_time"
      }],
      local.key_statements["client"],
    )
  }) }
}

resource "aws_iam_policy" "client" {
  for_each    = var.clients
  name        = "${local.global}-client-${each.key}"
  description = "The client ${each.key} of the statline stack ${var.name} in ${var.region}."
  policy      = local.client_policies[each.key]
}

# The services as functions.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:user/mock" }
  }
}

variables {
  name  = "shop"
  build = "tests/build"
}

run "functions" {
  command = plan
  assert {
    condition = toset(keys(aws_lambda_function.service)) == toset(["stats", "audit"]) && alltrue([for s, f in aws_lambda_function.service :
      f.function_name == "shop-${s}" && f.runtime == "provided.al2023" && f.architectures == tolist(["arm64"]) && f.handler == "bootstrap" &&
      f.source_code_hash == filebase64sha256("tests/build/${s}.zip") && one(f.environment).variables == tomap({ STATLINE_STACK = "shop", STATLINE_KEEP = "2160h" })
    ])
    error_message = "there are other functions than those of the two services"
  }
  # "Creating and configuring an Amazon SQS event source mapping", AWS Lambda Developer Guide
  assert {
    condition = alltrue([for s, queue in aws_sqs_queue.service : queue.visibility_timeout_seconds ==
      6 * aws_lambda_function.service[s].timeout + aws_lambda_event_source_mapping.service[s].maximum_batching_window_in_seconds
    ])
    error_message = "a message shows again while its function may still work on it"
  }
  assert {
    condition = alltrue([for s, m in aws_lambda_event_source_mapping.service :
      m.function_response_types == toset(["ReportBatchItemFailures"]) && length(m.provisioned_poller_config) == 0 &&
      one(m.scaling_config).maximum_concurrency == { stats = 50, audit = 5 }[s]
    ])
    error_message = "a mapping deletes what failed, or works without bound"
  }
  assert {
    condition = aws_lambda_event_source_mapping.service["stats"].maximum_batching_window_in_seconds == 0 && (
    aws_lambda_event_source_mapping.service["audit"].maximum_batching_window_in_seconds >= 20 && aws_lambda_event_source_mapping.service["audit"].batch_size >= 100)
    error_message = "answers wait, or the log does not"
  }
  assert {
    condition     = alltrue([for s, g in aws_cloudwatch_log_group.service : g.name == "/aws/lambda/shop-${s}" && g.retention_in_days == 30])
    error_message = "lines are kept for ever, or elsewhere"
  }
}

run "roles" {
  command = plan
  assert {
    condition = jsondecode(aws_iam_role.service["stats"].assume_role_policy).Statement == [{
      Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" }
    }]
    error_message = "others than Lambda may be the service"
  }
  assert {
    condition = flatten([for s in jsondecode(aws_iam_role_policy.service["stats"].policy).Statement : [for a in flatten([s.Action]) : "${a} ${s.Resource}"]]) == [
      "sqs:ReceiveMessage arn:aws:sqs:us-east-1:123456789012:shop-stats",
      "sqs:DeleteMessage arn:aws:sqs:us-east-1:123456789012:shop-stats",
      "sqs:ChangeMessageVisibility arn:aws:sqs:us-east-1:123456789012:shop-stats",
      "sqs:GetQueueAttributes arn:aws:sqs:us-east-1:123456789012:shop-stats",
      "dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/shop-results",
      "dynamodb:PartiQLInsert arn:aws:dynamodb:us-east-1:123456789012:table/shop-results",
      "sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:shop-inbox-*",
      "sqs:GetQueueAttributes arn:aws:sqs:us-east-1:123456789012:shop-inbox-*",
      "sqs:DeleteQueue arn:aws:sqs:us-east-1:123456789012:shop-inbox-*",
      "sqs:ListQueues *",
    ]
    error_message = "the stats service may do: ${aws_iam_role_policy.service["stats"].policy}"
  }
  assert {
    condition = flatten([for s in jsondecode(aws_iam_role_policy.service["audit"].policy).Statement : [for a in flatten([s.Action]) : "${a} ${s.Resource}"]]) == [
      "sqs:ReceiveMessage arn:aws:sqs:us-east-1:123456789012:shop-audit",
      "sqs:DeleteMessage arn:aws:sqs:us-east-1:123456789012:shop-audit",
      "sqs:ChangeMessageVisibility arn:aws:sqs:us-east-1:123456789012:shop-audit",
      "sqs:GetQueueAttributes arn:aws:sqs:us-east-1:123456789012:shop-audit",
      "s3:PutObject arn:aws:s3:::shop-audit-123456789012-us-east-1/logs/*",
      "s3:GetObject arn:aws:s3:::shop-audit-123456789012-us-east-1/logs/*",
    ]
    error_message = "the audit service may do: ${aws_iam_role_policy.service["audit"].policy}"
  }
  assert {
    condition = alltrue([for s, p in aws_iam_role_policy.lines : jsondecode(p.policy).Statement == [{
      Sid      = "Lines", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/shop-${s}:log-stream:*"
    }]])
    error_message = "a function writes lines elsewhere, or not at all"
  }
  assert {
    condition     = toset([for r in aws_iam_role.service : r.name]) == toset(["shop-us-east-1-stats", "shop-us-east-1-audit"])
    error_message = "roles of two regions would meet"
  }
}

run "pollers" {
  command = plan
  variables {
    lambda_pollers = { stats = { min = 2, max = 20 } }
  }
  assert {
    condition = alltrue([for m in [aws_lambda_event_source_mapping.service["stats"]] : length(m.scaling_config) == 0 &&
      one(m.provisioned_poller_config).minimum_pollers == 2 && one(m.provisioned_poller_config).maximum_pollers == 20
    ])
    error_message = "stats has no pollers of its own"
  }
  assert {
    condition     = length(aws_lambda_event_source_mapping.service["audit"].provisioned_poller_config) == 0
    error_message = "audit has pollers that nobody asked for"
  }
}

run "not_built" {
  command = plan
  variables {
    build = "tests/nowhere"
  }
  expect_failures = [aws_lambda_function.service["stats"], aws_lambda_function.service["audit"]]
}

run "alarms" {
  command = plan
  variables {
    alarm_topic = "arn:aws:sns:us-east-1:123456789012:pager"
    alarm_age   = { stats = 10 }
  }
  assert {
    condition = toset(concat(values(aws_cloudwatch_metric_alarm.simple)[*].alarm_name, aws_cloudwatch_metric_alarm.audit_silent[*].alarm_name)) == toset([
      "shop-stats-dead-letters", "shop-audit-dead-letters", "shop-undelivered", "shop-lost", "shop-stats-late", "shop-audit-late",
      "shop-stats-in-flight", "shop-audit-in-flight", "shop-stats-errors", "shop-audit-errors", "shop-stats-throttles", "shop-audit-throttles",
      "shop-table-reads-throttled", "shop-table-writes-throttled", "shop-index-writes-throttled", "shop-audit-silent",
    ])
    error_message = "there are other alarms"
  }
  assert {
    condition = alltrue([for a in concat(values(aws_cloudwatch_metric_alarm.simple), aws_cloudwatch_metric_alarm.audit_silent) :
      a.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:pager"]) && a.ok_actions == a.alarm_actions &&
      can(regex("\n## ${replace(split("#", a.alarm_description)[1], "-", "[ -]")}\n", lower(file("runbooks.md"))))
    ])
    error_message = "an alarm wakes nobody, or has no part in runbooks.md"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["stats-late"].threshold == 10 && aws_cloudwatch_metric_alarm.simple["audit-late"].threshold == 900
    error_message = "the ages are not as asked"
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.stack[0].dashboard_body).widgets) == 10
    error_message = "the dashboard has other widgets"
  }
}

run "without_alarms" {
  command = plan
  variables {
    alarms    = false
    dashboard = false
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.simple) + length(aws_cloudwatch_metric_alarm.audit_silent) + length(aws_cloudwatch_dashboard.stack) == 0
    error_message = "alarms or the dashboard cannot be left out"
  }
}

run "clients" {
  command = plan
  variables {
    clients = { lab = {}, shop_2 = { results = true } }
  }
  assert {
    condition = jsondecode(aws_iam_policy.client["lab"].policy).Statement == [
      { Sid = "Ask", Effect = "Allow", Action = "sns:Publish", Resource = "arn:aws:sns:us-east-1:123456789012:shop-requests" },
      {
        Sid      = "Inbox", Effect = "Allow", Action = ["sqs:CreateQueue", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:DeleteQueue"]
        Resource = "arn:aws:sqs:us-east-1:123456789012:shop-inbox-lab-*"
      },
      { Sid = "NotOfOthers", Effect = "Deny", Action = "sqs:*", Resource = "arn:aws:sqs:us-east-1:123456789012:shop-inbox-lab-*-*" },
      { Sid = "Result", Effect = "Allow", Action = "dynamodb:GetItem", Resource = "arn:aws:dynamodb:us-east-1:123456789012:table/shop-results" },
    ]
    error_message = "the client lab may do: ${aws_iam_policy.client["lab"].policy}"
  }
  assert {
    condition     = jsondecode(output.client_policies["shop_2"]).Statement[4].Resource == "arn:aws:dynamodb:us-east-1:123456789012:table/shop-results/index/by_time"
    error_message = "a client that may list cannot"
  }
}

run "key" {
  command = plan
  variables {
    kms_key = "arn:aws:kms:us-east-1:123456789012:key/k"
    clients = { lab = {} }
  }
  assert {
    condition = aws_sns_topic.requests.kms_master_key_id == var.kms_key && alltrue([
      for q in concat(values(aws_sqs_queue.service), values(aws_sqs_queue.dlq), [aws_sqs_queue.undelivered]) : q.kms_master_key_id == var.kms_key
    ])
    error_message = "topic or a queue has another key"
  }
  assert {
    condition = (one(aws_dynamodb_table.results.server_side_encryption).kms_key_arn == var.kms_key &&
      one(one(aws_s3_bucket_server_side_encryption_configuration.audit.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key &&
    alltrue([for g in aws_cloudwatch_log_group.service : g.kms_key_id == var.kms_key]))
    error_message = "table, bucket or lines have another key"
  }
  assert {
    condition = alltrue([for policy in concat(values(aws_iam_role_policy.service)[*].policy, values(aws_iam_policy.client)[*].policy) :
      alltrue([for s in jsondecode(policy).Statement : s.Resource == var.kms_key && can(s.Condition.StringEquals["kms:ViaService"]) if startswith(s.Sid, "KeyOf")]) &&
      2 == length([for s in jsondecode(policy).Statement : s if startswith(s.Sid, "KeyOf")])
    ])
    error_message = "the key can be used past the services that encrypt, or not at all"
  }
  assert {
    condition = contains([for s in jsondecode(output.key_policy).Statement : jsonencode([s.Principal, s.Action, try(s.Condition, null)])], jsonencode([
      { Service = "sns.amazonaws.com" }, ["kms:Decrypt", "kms:GenerateDataKey*"], { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:us-east-1:123456789012:shop-requests" } },
    ]))
    error_message = "SNS cannot deliver to queues that the key encrypts"
  }
  assert {
    condition     = length(aws_kms_key.stack) == 0
    error_message = "a second key is made"
  }
}

run "own_key" {
  command = plan
  variables {
    kms_key = "create"
  }
  assert {
    condition     = aws_kms_key.stack[0].enable_key_rotation && aws_kms_alias.stack[0].name == "alias/shop" && aws_kms_key.stack[0].policy == output.key_policy
    error_message = "no key is made, it does not turn, or has another policy"
  }
}

run "refused" {
  command = plan
  variables {
    audit_lock_days    = 0.5
    kms_key            = "alias/shop"
    clients            = { lab = {}, Lab = {}, "-" = {} }
    lambda_concurrency = { stats = 1 }
    lambda_pollers     = { audit = { min = 1, max = 20 } }
    alarm_topic        = "pager"
    alarm_age          = { stats = 0 }
    log_days           = 31
  }
  expect_failures = [
    var.audit_lock_days, var.kms_key, var.clients, var.lambda_concurrency, var.lambda_pollers, var.alarm_topic, var.alarm_age, var.log_days,
  ]
}

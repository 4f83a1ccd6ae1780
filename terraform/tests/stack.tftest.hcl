# What must hold of the stack, whatever its variables say, and what they change.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws-us-gov:iam::123456789012:user/mock" }
  }
}

variables {
  name    = "shop"
  region  = "us-gov-west-1"
  compute = "none"
}

run "delivery" {
  command = plan
  assert {
    condition     = toset(keys(aws_sns_topic_subscription.service)) == toset(["stats", "audit"])
    error_message = "there are other subscriptions than those of the two services"
  }
  assert {
    condition = alltrue([for s, subscription in aws_sns_topic_subscription.service :
      subscription.raw_message_delivery && subscription.protocol == "sqs" &&
      subscription.endpoint == "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:${aws_sqs_queue.service[s].name}"
    ])
    error_message = "a subscription does not deliver raw, or not to its service's queue"
  }
  assert {
    condition = alltrue([for subscription in aws_sns_topic_subscription.service :
      jsondecode(subscription.redrive_policy).deadLetterTargetArn == "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:${aws_sqs_queue.undelivered.name}"
    ])
    error_message = "what a subscription cannot deliver does not go to ${aws_sqs_queue.undelivered.name}"
  }
  assert {
    condition = alltrue([for s, queue in aws_sqs_queue.service :
      jsondecode(queue.redrive_policy).deadLetterTargetArn == "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:${aws_sqs_queue.dlq[s].name}"
    ])
    error_message = "a queue has not its own dead-letter queue"
  }
  assert {
    condition = alltrue([for s, queue in aws_sqs_queue.dlq : jsonencode(jsondecode(queue.redrive_allow_policy)) == jsonencode({
      redrivePermission = "byQueue"
      sourceQueueArns   = ["arn:aws-us-gov:sqs:us-gov-west-1:123456789012:${aws_sqs_queue.service[s].name}"]
    })])
    error_message = "a dead-letter queue takes from others than its own queue"
  }
}

run "policies" {
  command = plan
  assert {
    condition = alltrue([for statement in flatten([for policy in concat(
      [aws_sns_topic.requests.policy, aws_s3_bucket_policy.audit.policy, aws_sqs_queue.undelivered.policy],
      values(aws_sqs_queue.service)[*].policy, values(aws_sqs_queue.dlq)[*].policy,
      ) : jsondecode(policy).Statement]) :
      !strcontains(jsonencode([statement.Action, statement.Principal, statement.Resource]), "*") if statement.Effect == "Allow"
    ])
    error_message = "a policy allows by a wildcard"
  }
  assert {
    condition = alltrue([for policy in concat(
      [aws_sns_topic.requests.policy, aws_s3_bucket_policy.audit.policy, aws_sqs_queue.undelivered.policy],
      values(aws_sqs_queue.service)[*].policy, values(aws_sqs_queue.dlq)[*].policy,
      ) : contains(
      [for statement in jsondecode(policy).Statement : jsonencode([statement.Principal, statement.Condition]) if statement.Effect == "Deny"],
      jsonencode(["*", { Bool = { "aws:SecureTransport" = "false" } }]),
    )])
    error_message = "a resource can be used without TLS"
  }
  assert {
    condition = jsonencode([for statement in jsondecode(aws_sns_topic.requests.policy).Statement : [statement.Principal, statement.Action] if statement.Effect == "Allow"]) == jsonencode([
      [{ AWS = "arn:aws-us-gov:iam::123456789012:root" }, "sns:Publish"]
    ])
    error_message = "others than the account's own principals may publish, or may do more"
  }
  assert {
    condition = alltrue([for queue in concat(values(aws_sqs_queue.service), [aws_sqs_queue.undelivered]) :
      jsonencode([for statement in jsondecode(queue.policy).Statement : statement if statement.Effect == "Allow"]) == jsonencode([{
        Action    = "sqs:SendMessage"
        Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:shop-requests" } }
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Resource  = "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:${queue.name}"
        Sid       = "TopicSends"
      }])
    ])
    error_message = "others than the topic may send to a queue, or it may not"
  }
  assert {
    condition     = alltrue([for queue in aws_sqs_queue.dlq : alltrue([for statement in jsondecode(queue.policy).Statement : statement.Effect == "Deny"])])
    error_message = "a dead-letter queue lets in what SQS does not move there"
  }
  assert {
    condition     = alltrue([for queue in concat(values(aws_sqs_queue.service), values(aws_sqs_queue.dlq), [aws_sqs_queue.undelivered]) : queue.sqs_managed_sse_enabled])
    error_message = "a queue is not encrypted"
  }
}

run "never_over_another" {
  command = plan
  assert {
    condition = contains(jsondecode(aws_s3_bucket_policy.audit.policy).Statement, {
      Sid       = "NotOverAnother"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "arn:aws-us-gov:s3:::shop-audit-123456789012-us-gov-west-1/*"
      Condition = { Null = { "s3:if-none-match" = "true" }, Bool = { "s3:ObjectCreationOperation" = "true" } }
    })
    error_message = "an object of the log can be written over"
  }
}

run "nothing_else" {
  command = plan
  assert {
    condition = 0 == sum([for made in [
      aws_lambda_function.service, aws_lambda_event_source_mapping.service, aws_ecs_service.service, aws_ecs_task_definition.service,
      aws_iam_role.service, aws_iam_role.start, aws_iam_policy.client, aws_cloudwatch_log_group.service,
      aws_cloudwatch_metric_alarm.simple, aws_cloudwatch_metric_alarm.wake,
      aws_appautoscaling_target.service, aws_vpc_endpoint.gateway,
    ] : length(made)]) + sum([for made in [aws_cloudwatch_metric_alarm.audit_silent, aws_cloudwatch_dashboard.stack, aws_kms_key.stack, aws_kms_alias.stack, aws_ecs_cluster.stack, aws_vpc.stack] : length(made)])
    error_message = "without compute there is more than topic, queues, table and bucket"
  }
  assert {
    condition     = toset(keys(output.service_policies)) == toset(["stats", "audit"]) && length(output.client_policies) == 0
    error_message = "outputs have no policies of the services, or some of clients that there are not"
  }
}

run "alarms_without_compute" {
  command = plan
  variables {
    alarms    = true
    dashboard = true
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.simple) == 11 && length(aws_cloudwatch_metric_alarm.audit_silent) == 1 && length(aws_cloudwatch_dashboard.stack) == 1
    error_message = "alarms and dashboard cannot be asked for"
  }
}

run "defaults" {
  command = plan
  assert {
    condition     = aws_s3_bucket.audit.force_destroy && !aws_dynamodb_table.results.deletion_protection_enabled
    error_message = "destroy would not remove the whole stack"
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.audit) == 0
    error_message = "the log expires"
  }
  assert {
    condition     = one(aws_dynamodb_table.results.point_in_time_recovery).enabled && one(aws_s3_bucket_versioning.audit.versioning_configuration).status == "Enabled"
    error_message = "what is overwritten or deleted cannot be brought back"
  }
}

run "protected_without_index_expiring" {
  command = plan
  variables {
    protect           = true
    history_index     = false
    audit_expire_days = 400
    audit_lock_days   = 30
  }
  assert {
    condition = alltrue([for r in [one(aws_s3_bucket_object_lock_configuration.audit[0].rule)] :
      one(r.default_retention).days == 30 && one(r.default_retention).mode == "GOVERNANCE"
    ])
    error_message = "the log is not locked"
  }
  assert {
    condition     = !aws_s3_bucket.audit.force_destroy && aws_dynamodb_table.results.deletion_protection_enabled
    error_message = "protect does not protect bucket and table"
  }
  assert {
    condition     = length(aws_dynamodb_table.results.global_secondary_index) == 0 && toset(aws_dynamodb_table.results.attribute[*].name) == toset(["request_id"])
    error_message = "the index, or an attribute of it, is still there"
  }
  assert {
    condition     = one(one(aws_s3_bucket_lifecycle_configuration.audit[0].rule).expiration).days == 400
    error_message = "the log does not expire"
  }
}

run "outputs" {
  command = plan
  variables {
    region = "eu-west-1"
  }
  assert {
    condition     = toset(keys(output.queue_urls)) == toset(["stats", "audit", "stats-dlq", "audit-dlq", "undelivered"]) && keys(output.queue_arns) == keys(output.queue_urls)
    error_message = "outputs name the queues ${jsonencode(keys(output.queue_urls))}"
  }
  assert {
    condition     = output.table == "shop-results" && output.bucket == "shop-audit-123456789012-eu-west-1" && output.try == "AWS_REGION=eu-west-1 statline --stack shop send 7 8 54 89"
    error_message = "outputs: ${output.table}, ${output.bucket}, ${output.try}"
  }
}

run "refused" {
  command = plan
  variables {
    region            = "Frankfurt"
    compute           = "Lambda"
    audit_expire_days = -1
    keep_days         = 0
    tags              = { "aws:reserved" = "x" }
  }
  expect_failures = [var.region, var.compute, var.keep_days, var.audit_expire_days, var.tags]
}

run "refused_too" {
  command = plan
  variables {
    region            = "eu-central-1a"
    compute           = ""
    audit_expire_days = 1.5
    keep_days         = 1.5
    tags              = { "" = "x" }
  }
  expect_failures = [var.region, var.compute, var.keep_days, var.audit_expire_days, var.tags]
}

run "refused_as_well" {
  command = plan
  variables {
    region            = ""
    compute           = "ecs"
    audit_expire_days = 36501
    keep_days         = 36501
    tags              = { for i in range(49) : "t${i}" => "" }
  }
  expect_failures = [var.region, var.compute, var.keep_days, var.audit_expire_days, var.tags]
}

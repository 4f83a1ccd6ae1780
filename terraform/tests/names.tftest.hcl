# Names and figures are those of names.json, which pkg/cloud/names_test.go holds the
# Go side to; and what is no name of a stack there is none here.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:user/mock" }
  }
}

variables {
  compute = "none"
}

run "expected" {
  command = plan
  module {
    source = "./tests/expected"
  }
  assert {
    condition     = length(output.stack.good_names) == 2 && length(output.stack.bad_names) == 7
    error_message = "names.json has another number of names than there are runs below"
  }
}

run "names" {
  command = plan
  variables {
    name   = run.expected.stack.stack
    region = run.expected.stack.region
  }
  assert {
    condition     = aws_sns_topic.requests.name == run.expected.stack.topic
    error_message = "topic is ${aws_sns_topic.requests.name}"
  }
  assert {
    condition = tomap({
      stats       = aws_sqs_queue.service["stats"].name
      audit       = aws_sqs_queue.service["audit"].name
      stats-dlq   = aws_sqs_queue.dlq["stats"].name
      audit-dlq   = aws_sqs_queue.dlq["audit"].name
      undelivered = aws_sqs_queue.undelivered.name
    }) == tomap(run.expected.stack.queues)
    error_message = "queues are ${jsonencode(local.queues)}"
  }
  assert {
    condition     = aws_dynamodb_table.results.name == run.expected.stack.table
    error_message = "table is ${aws_dynamodb_table.results.name}"
  }
  assert {
    condition     = aws_s3_bucket.audit.bucket == run.expected.stack.bucket
    error_message = "bucket is ${aws_s3_bucket.audit.bucket}"
  }
  assert {
    condition = alltrue([
      for queue in aws_sqs_queue.service : queue.visibility_timeout_seconds == run.expected.stack.visibility_seconds &&
      jsondecode(queue.redrive_policy).maxReceiveCount == run.expected.stack.max_receives
    ])
    error_message = "visibility timeout or number of deliveries"
  }
  assert {
    condition = alltrue([
      for queue in concat(values(aws_sqs_queue.service), values(aws_sqs_queue.dlq), [aws_sqs_queue.undelivered]) :
      queue.message_retention_seconds == run.expected.stack.retention_seconds
    ])
    error_message = "retention"
  }
  assert {
    condition = jsonencode([for index in aws_dynamodb_table.results.global_secondary_index : {
      name       = index.name
      partition  = index.hash_key
      sort       = index.range_key
      attributes = sort(index.non_key_attributes)
    }]) == jsonencode([merge(run.expected.stack.index, { attributes = sort(run.expected.stack.index.attributes) })])
    error_message = "index is ${jsonencode(aws_dynamodb_table.results.global_secondary_index)}"
  }
  assert {
    condition     = one(aws_dynamodb_table.results.ttl).attribute_name == run.expected.stack.ttl && one(aws_dynamodb_table.results.ttl).enabled
    error_message = "time to live"
  }
}

run "good_name_0" {
  command = plan
  variables {
    name = run.expected.stack.good_names[0]
  }
}

run "good_name_1" {
  command = plan
  variables {
    name = run.expected.stack.good_names[1]
  }
}

run "bad_name_0" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[0]
  }
  expect_failures = [var.name]
}

run "bad_name_1" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[1]
  }
  expect_failures = [var.name]
}

run "bad_name_2" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[2]
  }
  expect_failures = [var.name]
}

run "bad_name_3" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[3]
  }
  expect_failures = [var.name]
}

run "bad_name_4" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[4]
  }
  expect_failures = [var.name]
}

run "bad_name_5" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[5]
  }
  expect_failures = [var.name]
}

run "bad_name_6" {
  command = plan
  variables {
    name = run.expected.stack.bad_names[6]
  }
  expect_failures = [var.name]
}

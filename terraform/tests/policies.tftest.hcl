# The policies are those of policies.json, to which the tests of Go hold the services,
# the clients and the command line. Where they are meant to change, write there what a
# failure shows.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:user/mock" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b"] }
  }
}

variables {
  name    = "shop-7"
  region  = "eu-central-1"
  build   = "tests/build"
  kms_key = "arn:aws:kms:eu-central-1:123456789012:key/7"
  clients = { lab = {}, "lab-2" = { results = true } }
  images = {
    stats = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/stats:1"
    audit = "ghcr.io/shop/audit:1"
  }
}

run "expected" {
  command = plan
  module {
    source = "./tests/expected"
  }
}

run "lambda" {
  command = plan
  assert {
    condition     = jsonencode(run.expected.policies.always.services) == jsonencode({ for s, policy in output.service_policies : s => jsondecode(policy) })
    error_message = "always.services: ${jsonencode({ for s, policy in output.service_policies : s => jsondecode(policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.clients) == jsonencode({ for c, policy in output.client_policies : c => jsondecode(policy) })
    error_message = "always.clients: ${jsonencode({ for c, policy in output.client_policies : c => jsondecode(policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.operator) == jsonencode(jsondecode(output.operator_policy))
    error_message = "always.operator: ${jsonencode(jsondecode(output.operator_policy))}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.auditor) == jsonencode(jsondecode(output.auditor_policy))
    error_message = "always.auditor: ${jsonencode(jsondecode(output.auditor_policy))}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.topic) == jsonencode(jsondecode(aws_sns_topic.requests.policy))
    error_message = "always.topic: ${jsonencode(jsondecode(aws_sns_topic.requests.policy))}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.bucket) == jsonencode(jsondecode(aws_s3_bucket_policy.audit.policy))
    error_message = "always.bucket: ${jsonencode(jsondecode(aws_s3_bucket_policy.audit.policy))}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.always.queues) == jsonencode({ for q, queue in merge(aws_sqs_queue.service, { for s, queue in aws_sqs_queue.dlq : "${s}-dlq" => queue }, { undelivered = aws_sqs_queue.undelivered }) : q => jsondecode(queue.policy) })
    error_message = "always.queues: ${jsonencode({ for q, queue in merge(aws_sqs_queue.service, { for s, queue in aws_sqs_queue.dlq : "${s}-dlq" => queue }, { undelivered = aws_sqs_queue.undelivered }) : q => jsondecode(queue.policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.lambda.trust) == jsonencode({ for s, role in aws_iam_role.service : s => jsondecode(role.assume_role_policy) })
    error_message = "lambda.trust: ${jsonencode({ for s, role in aws_iam_role.service : s => jsondecode(role.assume_role_policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.lambda.lines) == jsonencode({ for s, policy in aws_iam_role_policy.lines : s => jsondecode(policy.policy) })
    error_message = "lambda.lines: ${jsonencode({ for s, policy in aws_iam_role_policy.lines : s => jsondecode(policy.policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.lambda.key) == jsonencode(jsondecode(output.key_policy))
    error_message = "lambda.key: ${jsonencode(jsondecode(output.key_policy))}"
  }
  assert {
    condition     = alltrue([for s, policy in aws_iam_role_policy.service : policy.policy == output.service_policies[s]]) && alltrue([for c, policy in aws_iam_policy.client : policy.policy == output.client_policies[c]])
    error_message = "a role or a client has another policy than the outputs say"
  }
}

run "fargate" {
  command = plan
  variables {
    compute = "fargate"
  }
  assert {
    condition     = jsonencode(run.expected.policies.fargate.trust) == jsonencode({ for s, role in merge(aws_iam_role.service, { for s, role in aws_iam_role.start : "${s}-start" => role }) : s => jsondecode(role.assume_role_policy) })
    error_message = "fargate.trust: ${jsonencode({ for s, role in merge(aws_iam_role.service, { for s, role in aws_iam_role.start : "${s}-start" => role }) : s => jsondecode(role.assume_role_policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.fargate.start) == jsonencode({ for s, policy in aws_iam_role_policy.start : s => jsondecode(policy.policy) })
    error_message = "fargate.start: ${jsonencode({ for s, policy in aws_iam_role_policy.start : s => jsondecode(policy.policy) })}"
  }
  assert {
    condition     = jsonencode(run.expected.policies.fargate.key) == jsonencode(jsondecode(output.key_policy))
    error_message = "fargate.key: ${jsonencode(jsondecode(output.key_policy))}"
  }
  assert {
    condition     = alltrue([for s, policy in aws_iam_role_policy.service : policy.policy == output.service_policies[s]])
    error_message = "a role has another policy than the outputs say"
  }
}

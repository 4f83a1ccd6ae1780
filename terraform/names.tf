# Every name and ARN derives from var.name, the account and the region, so that
# policies can be read before anything exists. pkg/cloud/names.go derives the same.

data "aws_caller_identity" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = split(":", data.aws_caller_identity.current.arn)[1]

  topic     = "${var.name}-requests"
  topic_arn = "arn:${local.partition}:sns:${var.region}:${local.account}:${local.topic}"

  services = toset(["stats", "audit"])
  queues = merge(
    { for s in local.services : s => "${var.name}-${s}" },
    { for s in local.services : "${s}-dlq" => "${var.name}-${s}-dlq" },
    { undelivered = "${var.name}-undelivered" },
  )
  queue_arns = { for q, name in local.queues : q => "arn:${local.partition}:sqs:${var.region}:${local.account}:${name}" }

  inbox_arns = "arn:${local.partition}:sqs:${var.region}:${local.account}:${var.name}-inbox-"

  table     = "${var.name}-results"
  table_arn = "arn:${local.partition}:dynamodb:${var.region}:${local.account}:table/${local.table}"

  bucket     = "${var.name}-audit-${local.account}-${var.region}"
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"

  # Where the services run: a function, or a service of a cluster of its stack.
  runs = { for s in local.services : s => "${var.name}-${s}" }
  # What IAM holds is the account's, not the region's: two stacks of one name in two
  # regions must not meet there.
  global = "${var.name}-${var.region}"
}

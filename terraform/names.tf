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

  table = "${var.name}-results"

  bucket     = "${var.name}-audit-${local.account}-${var.region}"
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"
}

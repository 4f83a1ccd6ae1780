# A stack for years: its state kept where a team shares it, its data protected, with a
# key of its own, clients that are told apart, and alarms that wake somebody.
#
#   ./scripts/build
#   terraform init -backend-config=bucket=YOUR-STATE-BUCKET
#   terraform apply -var alarm_topic=arn:aws:sns:eu-central-1:123456789012:pager

terraform {
  required_version = ">= 1.11"
  backend "s3" {
    key          = "statline/shop.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true # the lock is an object beside the state
  }
}

variable "alarm_topic" {
  description = "ARN of the SNS topic that alarms are published to."
  type        = string
}

module "statline" {
  source = "../.."

  name   = "shop"
  region = "eu-central-1"
  tags   = { Team = "shop", CostCenter = "1234" }

  compute        = "lambda"
  lambda_pollers = { stats = { min = 2, max = 20 } }

  protect           = true
  kms_key           = "create"
  audit_expire_days = 400
  audit_lock_days   = 365
  log_days          = 90

  clients = {
    lab     = {}
    support = { results = true }
  }

  alarm_topic = var.alarm_topic
  alarm_age   = { stats = 30, audit = 600 }
}

output "client_policy_arns" {
  description = "Attach each to whoever is that client."
  value       = module.statline.client_policy_arns
}

output "queue_urls" {
  value = module.statline.queue_urls
}

variable "name" {
  description = "Name of the stack; every resource's name begins with it, and so does that of every client's inbox."
  type        = string
  default     = "statline"
  nullable    = false
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,23}$", var.name))
    error_message = "name: write 1 to 24 of a-z 0-9 -, beginning with a letter, such as \"statline\"."
  }
  validation {
    condition     = !strcontains(var.name, "-inbox")
    error_message = "name: write one without \"-inbox\", which marks the reply queues of clients."
  }
}

variable "region" {
  description = "AWS region of the stack."
  type        = string
  default     = "us-east-1"
  nullable    = false
  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: write the code of an AWS region, such as \"eu-central-1\"."
  }
}

variable "compute" {
  description = "Where the services run. \"lambda\": as functions, made by ./scripts/build. \"fargate\": as tasks, of images. \"none\": wherever you start services/stats and services/audit."
  type        = string
  default     = "lambda"
  nullable    = false
  validation {
    condition     = contains(["lambda", "fargate", "none"], var.compute)
    error_message = "compute: write \"lambda\", \"fargate\" or \"none\"."
  }
}

variable "protect" {
  description = "Whether the table, and the bucket while it holds the log, refuse to be deleted, and destroy so changes nothing. Without it, destroy deletes every result and the whole log."
  type        = bool
  default     = false
  nullable    = false
}

variable "history_index" {
  description = "Whether the table has the index that `statline results` lists past results from. It costs about one more write per request."
  type        = bool
  default     = true
  nullable    = false
}

variable "keep_days" {
  description = "Days that a result is kept, counted from its answer."
  type        = number
  default     = 90
  nullable    = false
  validation {
    condition     = var.keep_days >= 1 && var.keep_days <= 36500 && floor(var.keep_days) == var.keep_days
    error_message = "keep_days: write a whole number of days from 1 to 36500."
  }
}

variable "audit_expire_days" {
  description = "Days until an object of the log is deleted; it can be brought back for 30 days more. 0 keeps the log for ever."
  type        = number
  default     = 0
  nullable    = false
  validation {
    condition     = var.audit_expire_days >= 0 && var.audit_expire_days <= 36500 && floor(var.audit_expire_days) == var.audit_expire_days
    error_message = "audit_expire_days: write a whole number of days from 1 to 36500, or 0 to keep the log for ever."
  }
}

variable "audit_lock_days" {
  description = "Days for which S3 lets nobody delete or change an object of the log (Object Lock in governance mode). 0: no lock. S3 cannot turn it off again."
  type        = number
  default     = 0
  nullable    = false
  validation {
    condition     = var.audit_lock_days >= 0 && var.audit_lock_days <= 36500 && floor(var.audit_lock_days) == var.audit_lock_days
    error_message = "audit_lock_days: write a whole number of days from 1 to 36500, or 0 for no lock."
  }
}

variable "kms_key" {
  description = "The key that encrypts topic, queues, table, log and lines. null: keys of AWS. \"create\": a key that is made here. Or the ARN of a key that is there already and has the policy in the output key_policy."
  type        = string
  default     = null
  validation {
    condition     = var.kms_key == null || var.kms_key == "create" || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key))
    error_message = "kms_key: write \"create\", or the ARN of a key, such as \"arn:aws:kms:us-east-1:123456789012:key/…\"."
  }
}

variable "clients" {
  description = "The clients that a policy is made for, by client_id; \"anon\" is all without one. results: whether it may list past results, which are everybody's."
  type        = map(object({ results = optional(bool, false) }))
  default     = {}
  nullable    = false
  validation {
    condition     = alltrue([for c in keys(var.clients) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$", c))])
    error_message = "clients: a client_id is 1 to 24 of A-Z a-z 0-9 _ -, beginning with a letter or digit."
  }
  validation {
    condition     = length(distinct([for c in keys(var.clients) : lower(c)])) == length(var.clients)
    error_message = "clients: two differ only in case, which names in IAM may not."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Project and Stack."
  type        = map(string)
  default     = {}
  nullable    = false
  validation {
    # "Tag naming limits and requirements", Tagging AWS Resources User Guide.
    condition = length(var.tags) <= 48 && alltrue([
      for key, value in var.tags : can(regex("^[\\pL\\pZ\\pN_.:/=+@-]{1,128}$", key)) &&
      can(regex("^[\\pL\\pZ\\pN_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags: write at most 48; keys of 1 to 128 and values of at most 256 letters, digits, spaces and _.:/=+@-, and no key that begins with \"aws:\"."
  }
}

variable "build" {
  description = "Directory of stats.zip and audit.zip. null: build/ beside these files, where ./scripts/build puts them."
  type        = string
  default     = null
}

variable "lambda_concurrency" {
  description = "The most events that a function works at a time."
  type        = object({ stats = optional(number, 50), audit = optional(number, 5) })
  default     = {}
  nullable    = false
  validation {
    # "Configuring maximum concurrency for Amazon SQS event sources", AWS Lambda Developer Guide.
    condition     = alltrue([for n in values(var.lambda_concurrency) : n >= 2 && n <= 1000 && floor(n) == n])
    error_message = "lambda_concurrency: write whole numbers from 2 to 1000."
  }
}

variable "lambda_pollers" {
  description = "Pollers of its own for a service, instead of lambda_concurrency: they scale faster and cost while idle."
  type = object({
    stats = optional(object({ min = number, max = number }))
    audit = optional(object({ min = number, max = number }))
  })
  default  = {}
  nullable = false
  validation {
    # "ProvisionedPollerConfig", AWS Lambda API Reference.
    condition     = alltrue([for p in values(var.lambda_pollers) : p == null ? true : p.min >= 2 && p.min <= 200 && p.max >= p.min && p.max <= 2000])
    error_message = "lambda_pollers: write min from 2 to 200, and max from min to 2000."
  }
}

variable "images" {
  description = "URIs of the images of the two services, for compute = \"fargate\"."
  type        = object({ stats = string, audit = string })
  default     = null
}

variable "fargate_tasks" {
  description = "The fewest and the most tasks of a service. With a min of 0 there are none while nothing waits, and the first request after a pause waits some minutes."
  type = object({
    stats = optional(object({ min = optional(number, 1), max = optional(number, 10) }), {})
    audit = optional(object({ min = optional(number, 1), max = optional(number, 4) }), {})
  })
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for t in values(var.fargate_tasks) : t.min >= 0 && t.max >= max(t.min, 1) && floor(t.min) == t.min && floor(t.max) == t.max])
    error_message = "fargate_tasks: write whole numbers, min at least 0 and max at least min and 1."
  }
}

variable "network" {
  description = "Subnets and security groups of the tasks, and whether they get public addresses. null: a VPC of the stack's own."
  type        = object({ subnets = list(string), security_groups = list(string), public_ip = optional(bool, false) })
  default     = null
}

variable "alarms" {
  description = "Whether there are alarms. null: unless compute is \"none\"."
  type        = bool
  default     = null
}

variable "alarm_topic" {
  description = "ARN of the SNS topic that alarms are published to, and their end. null: they only show."
  type        = string
  default     = null
  validation {
    condition     = var.alarm_topic == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic))
    error_message = "alarm_topic: write the ARN of a topic, such as \"arn:aws:sns:us-east-1:123456789012:alarms\"."
  }
}

variable "alarm_age" {
  description = "Seconds that the oldest message of a queue may wait before there is an alarm."
  type        = object({ stats = optional(number, 60), audit = optional(number, 900) })
  default     = {}
  nullable    = false
  validation {
    condition     = alltrue([for n in values(var.alarm_age) : n >= 1 && n <= 1209600])
    error_message = "alarm_age: write seconds from 1 to 1209600, the longest that SQS keeps a message."
  }
}

variable "runbooks" {
  description = "Where runbooks.md can be read; every alarm links to its part."
  type        = string
  default     = "https://github.com/statline/statline/blob/main/terraform/runbooks.md"
  nullable    = false
}

variable "dashboard" {
  description = "Whether there is a dashboard. null: unless compute is \"none\"."
  type        = bool
  default     = null
}

variable "log_days" {
  description = "Days that the lines of the services are kept."
  type        = number
  default     = 30
  nullable    = false
  validation {
    # "PutRetentionPolicy", Amazon CloudWatch Logs API Reference.
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "log_days: write one of the spans that CloudWatch has, such as 7, 30, 90, 365 or 3653."
  }
}

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
  description = "Where the services run. \"none\": wherever you start services/stats and services/audit."
  type        = string
  default     = "none"
  nullable    = false
  validation {
    condition     = contains(["none", "lambda", "fargate"], var.compute)
    error_message = "compute: write \"none\"."
  }
  validation {
    condition     = !contains(["lambda", "fargate"], var.compute)
    error_message = "compute: \"lambda\" and \"fargate\" are not there yet: write \"none\" and run services/stats and services/audit yourself."
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

# Values come from common.hcl and environment.hcl. What the modules check is not checked
# here a second time.

variable "project" {
  description = "Project, the first part of every name."
  type        = string
}

variable "environment" {
  description = "staging or production: the name of this folder."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-\\d$", var.region))
    error_message = "region must be the name of an AWS region, such as eu-west-1."
  }
}

variable "account_id" {
  description = "The one AWS account that this environment may be applied to."
  type        = string

  validation {
    condition     = can(regex("^\\d{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "tags" {
  description = "Tags on everything, besides Project and Environment."
  type        = map(string)
}

variable "zip" {
  description = "Path of the function's zip."
  type        = string
}

variable "feeds" {
  description = "What is brought where; see modules/lambda."
  type = list(object({
    name        = string
    source      = string
    table       = string
    key         = list(string)
    unique      = optional(list(list(string)))
    mode        = optional(string)
    max_rejects = optional(string)
    max_deletes = optional(string)
  }))
}

variable "samples" {
  description = "Files of data/ that are put into the bucket, and the prefix that each goes under."
  type        = map(string)

  validation {
    condition     = alltrue([for prefix in values(var.samples) : endswith(prefix, "/")])
    error_message = "A sample's prefix ends in /."
  }
}

variable "sign_in" {
  description = "How the function signs in to the database: iam or secret."
  type        = string
}

variable "schedule" {
  description = "When the function runs without an event."
  type        = string
}

variable "timeout_seconds" {
  description = "Longest run in seconds."
  type        = number
}

variable "memory_mb" {
  description = "Memory of the function in MB."
  type        = number
}

variable "log_level" {
  description = "LOG_LEVEL of the function."
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
}

variable "engine_version" {
  description = "Version of Aurora MySQL."
  type        = string
}

variable "database_name" {
  description = "Database that RDS makes in the cluster."
  type        = string
}

variable "database_user" {
  description = "Database user of the function, not the master user."
  type        = string
}

variable "database_min_acu" {
  description = "Smallest capacity in ACU; 0 lets the database pause when idle."
  type        = number
}

variable "database_max_acu" {
  description = "Largest capacity in ACU."
  type        = number
}

variable "database_auto_pause_seconds" {
  description = "Idle seconds after which the database pauses; null where database_min_acu is above 0."
  type        = number
}

variable "database_instances" {
  description = "Instances of the cluster."
  type        = number
}

variable "backup_retention_days" {
  description = "Days for which the database can be restored to any second."
  type        = number
}

variable "publicly_accessible" {
  description = "Gives the database a public address; refused in production."
  type        = bool
}

variable "database_access_cidrs" {
  description = "IPv4 ranges that reach a publicly accessible database."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Keeps what holds data from being deleted; demanded in production."
  type        = bool
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
}

variable "object_version_days" {
  description = "Days for which replaced versions of objects are kept."
  type        = number
}

variable "rejected_share_alarm" {
  description = "Share of rejected rows, in percent, above which an alarm is raised."
  type        = number
}

variable "alarm_emails" {
  description = "Addresses that are told of alarms."
  type        = set(string)
}

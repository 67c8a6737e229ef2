variable "project" {
  description = "Project, the first part of every name and the namespace of the metrics."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.project)) && !strcontains(var.project, "--")
    error_message = "project must be 3 to 22 lower-case letters, digits and hyphens, beginning with a letter, with no two hyphens in a row."
  }
}

variable "environment" {
  description = "Environment, the second part of every name."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment must be staging or production."
  }
}

variable "zip" {
  description = "Path of the function's zip, built by `make prepare_lambda` for arm64."
  type        = string

  validation {
    condition     = endswith(var.zip, ".zip")
    error_message = "zip must be the path of a .zip file."
  }
}

variable "network" {
  description = "Private subnets and security groups in which the function runs."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 2
    error_message = "network needs subnets in at least two availability zones."
  }
}

variable "kms_key_arn" {
  description = "Customer key for environment variables, logs, the dead-letter queue and the topic; also the bucket's."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key."
  }
}

variable "bucket" {
  description = "Bucket of the feeds and of the function's own state, below state/."
  type = object({
    name = string
    arn  = string
  })
}

variable "database" {
  description = "Cluster to sign in to: its identifier, and its resource id, which rds-db:connect wants and the state is bound to."
  type = object({
    cluster     = string
    host        = string
    port        = number
    name        = string
    resource_id = string
  })
}

variable "database_user" {
  description = "Database user of the function, not the master user."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,31}$", var.database_user)) && !contains(["administrator", "admin", "root", "rdsadmin"], var.database_user)
    error_message = "database_user must be 1 to 32 lower-case letters, digits and underscores, and not a master user."
  }
}

variable "secret" {
  description = "Secret with the database user's password, name and ARN; null to sign in with IAM."
  type = object({
    name = string
    arn  = string
  })
  default = null
}

variable "feeds" {
  description = "What is brought where. source is a key, a prefix ending in / or a glob in the bucket; the rest is as in csvferry.toml."
  type = list(object({
    name        = string
    source      = string
    table       = string
    key         = list(string)
    unique      = optional(list(list(string)), [])
    mode        = optional(string, "insert")
    max_rejects = optional(string, "10%")
    max_deletes = optional(string, "10%")
    runner      = optional(string, "function")
  }))

  validation {
    condition     = length(var.feeds) > 0 && length(distinct(var.feeds[*].name)) == length(var.feeds)
    error_message = "feeds needs at least one feed, each with a name of its own."
  }

  validation {
    condition     = alltrue([for feed in var.feeds : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", feed.name))])
    error_message = "A feed's name must be letters, digits, underscores and hyphens."
  }

  validation {
    condition     = alltrue([for feed in var.feeds : can(regex("^[A-Za-z0-9._-]", feed.source)) && !strcontains(feed.source, "://")])
    error_message = "A feed's source is a key, prefix or glob in the bucket that begins with a plain name: no scheme, no leading / or *."
  }

  validation {
    condition = alltrue(flatten([for feed in var.feeds : [for own in ["state/", "config/", "tasks/", "reports/"] :
    !startswith(feed.source, own) && !startswith(own, split("?", split("[", split("*", feed.source)[0])[0])[0])]]))
    error_message = "A feed's source must not take in state/, config/, tasks/ or reports/, where the function keeps its own objects."
  }

  validation {
    condition     = alltrue([for feed in var.feeds : contains(["function", "task"], feed.runner)])
    error_message = "A feed's runner must be function or task."
  }

  validation {
    condition     = alltrue([for feed in var.feeds : length(feed.key) > 0 && alltrue([for columns in feed.unique : length(columns) > 0])])
    error_message = "A feed needs at least one key column, and each of its unique lists a column."
  }

  validation {
    condition     = alltrue([for feed in var.feeds : contains(["insert", "upsert", "mirror"], feed.mode)])
    error_message = "A feed's mode must be insert, upsert or mirror."
  }

  validation {
    condition     = alltrue(flatten([for feed in var.feeds : [for limit in [feed.max_rejects, feed.max_deletes] : can(regex("^(\\d+|(\\d|[1-9]\\d)(\\.\\d+)?%|100%)$", limit))]]))
    error_message = "max_rejects and max_deletes must be a number of rows, such as \"100\", or a share of at most 100%, such as \"10%\"."
  }
}

variable "schedule" {
  description = "When the function runs without an event: a rate or cron expression of EventBridge."
  type        = string

  validation {
    condition     = can(regex("^(rate\\(1 hour\\)|rate\\(([2-9]|[1-5]\\d) minutes\\)|cron\\([^ ]+ \\* \\* \\* \\? \\*\\))$", var.schedule))
    error_message = "schedule must be hourly or more often, such as rate(1 hour) or cron(15 * * * ? *): an alarm waits for a success within two hours."
  }
}

variable "timeout_seconds" {
  description = "Longest run in seconds."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 60 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "timeout_seconds must be 60 to 900: a paused database takes up to a minute to wake."
  }
}

variable "memory_mb" {
  description = "Memory in MB; processor time grows with it."
  type        = number

  validation {
    condition     = var.memory_mb >= 512 && var.memory_mb <= 10240
    error_message = "memory_mb must be 512 to 10240."
  }
}

variable "ephemeral_storage_mb" {
  description = "Size of /tmp in MB: best three times the largest file, at least twice it."
  type        = number

  validation {
    condition     = var.ephemeral_storage_mb >= 512 && var.ephemeral_storage_mb <= 10240 && floor(var.ephemeral_storage_mb) == var.ephemeral_storage_mb
    error_message = "ephemeral_storage_mb must be 512 to 10240."
  }
}

variable "concurrency" {
  description = "Runs side by side at most, of different feeds: two fewer for the queue, one for the schedule, one for a person."
  type        = number

  validation {
    condition     = var.concurrency >= 4 && var.concurrency <= 100 && floor(var.concurrency) == var.concurrency
    error_message = "concurrency must be 4 to 100: Lambda's poller takes no fewer than 2, and must stay below what is reserved."
  }
}

variable "log_level" {
  description = "LOG_LEVEL of the function."
  type        = string

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days for which the function's log is kept: one of the numbers that CloudWatch takes."
  type        = number
}

variable "rejected_share_alarm" {
  description = "Share of rejected rows, in percent, above which an alarm is raised."
  type        = number

  validation {
    condition     = var.rejected_share_alarm >= 0 && var.rejected_share_alarm < 100
    error_message = "rejected_share_alarm must be at least 0 and below 100."
  }
}

variable "dashboard" {
  description = "Whether to make the CloudWatch dashboard."
  type        = bool
}

variable "alarm_emails" {
  description = "Addresses that are notified of alarms; each has to confirm once. Demanded in production."
  type        = set(string)

  validation {
    condition     = length(var.alarm_emails) > 0 || var.environment != "production"
    error_message = "Production needs somebody to alarm: set alarm_emails in environment.hcl."
  }

  validation {
    condition     = alltrue([for email in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "alarm_emails must be e-mail addresses."
  }
}

variable "bounded" {
  description = "Whether its roles have the boundary that modules/pipeline makes: the pipeline's role makes no others."
  type        = bool
}

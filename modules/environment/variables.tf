variable "environment" {
  description = "staging or production: the name of the deployment's folder."
  type        = string
}

variable "zip" {
  description = "Path of the function's zip."
  type        = string
}

variable "data_folder" {
  description = "Folder of the sample files."
  type        = string
}

# What the modules check is not checked here a second time.
variable "settings" {
  description = "common.hcl and environment.hcl, merged. All must be there: a name that is mistyped is one that is missing."

  type = object({
    project    = string
    region     = string
    account_id = string
    tags       = map(string)

    # What is brought where, see modules/lambda
    feeds = list(object({
      name        = string
      source      = string
      table       = string
      key         = list(string)
      unique      = optional(list(list(string)))
      mode        = optional(string)
      max_rejects = optional(string)
      max_deletes = optional(string)
      runner      = optional(string)
    }))
    # Files of data/ that are put into the bucket, and the prefix that each goes under
    samples = map(string)

    # Function
    sign_in              = string
    schedule             = string
    timeout_seconds      = number
    memory_mb            = number
    ephemeral_storage_mb = number
    concurrency          = number
    log_level            = string

    # Feeds with runner = "task"; null without
    task = object({
      network   = string
      image_tag = string
      cpu_units = number
      memory_mb = number
      disk_gb   = number
    })

    # Network and database; the two that exist already are null where they are made here
    vpc_cidr = string
    existing_network = object({
      vpc_id          = string
      subnet_ids      = list(string)
      route_table_ids = list(string)
      has_endpoints   = bool
    })
    existing_database = object({
      cluster_identifier = string
      security_group_id  = string
    })
    engine_version              = string
    database_name               = string
    database_user               = string
    database_min_acu            = number
    database_max_acu            = number
    database_auto_pause_seconds = number
    database_instances          = number
    backup_retention_days       = number

    # Ways in
    publicly_accessible   = bool
    database_access_cidrs = list(string)
    reader_cidrs          = set(string)
    senders = map(object({
      principals = list(string)
      prefix     = string
    }))

    # Whether roles have the boundary of deployment/pipeline
    bounded_roles = bool

    # Keeping, protecting, watching
    deletion_protection  = bool
    log_retention_days   = number
    object_version_days  = number
    rejected_share_alarm = number
    alarm_emails         = set(string)
    dashboard            = bool
    monthly_budget_usd   = number
  })

  validation {
    condition     = can(regex("^\\d{12}$", var.settings.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }

  validation {
    condition     = alltrue([for prefix in values(var.settings.samples) : can(regex("^incoming/([A-Za-z0-9._-]+/)*$", prefix))])
    error_message = "A sample's prefix begins with incoming/ and ends in /."
  }

  validation {
    condition     = length(var.settings.samples) == 0 || var.environment != "production"
    error_message = "Production gets no samples: rows that nobody sent would be in its tables."
  }

  validation {
    condition     = var.settings.task != null || !contains([for feed in var.settings.feeds : coalesce(feed.runner, "function")], "task")
    error_message = "A feed with runner = \"task\" needs the setting task: network, image_tag, cpu_units, memory_mb, disk_gb."
  }

  validation {
    condition     = var.settings.monthly_budget_usd == null || length(var.settings.alarm_emails) > 0
    error_message = "monthly_budget_usd needs alarm_emails: somebody to notify."
  }
}

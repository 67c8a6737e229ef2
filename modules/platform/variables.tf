variable "project" {
  description = "Project, the first part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.project))
    error_message = "project must be 3 to 22 lower-case letters, digits and hyphens, beginning with a letter."
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

variable "vpc_cidr" {
  description = "Addresses of the VPC; a sixteenth of it for each subnet."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range between /16 and /24."
  }
}

variable "sign_in" {
  description = "How the function signs in to the database: iam (a token) or secret (a password in Secrets Manager)."
  type        = string

  validation {
    condition     = contains(["iam", "secret"], var.sign_in)
    error_message = "sign_in must be iam or secret."
  }
}

variable "engine_version" {
  description = "Version of Aurora MySQL; 3.08 or later can pause."
  type        = string

  validation {
    condition     = can(regex("^8\\.0\\.mysql_aurora\\.3\\.(0[89]|[1-9][0-9])\\.\\d+$", var.engine_version))
    error_message = "engine_version must be Aurora MySQL 3.08 or later, such as 8.0.mysql_aurora.3.10.0."
  }
}

variable "database_name" {
  description = "Database that RDS makes in the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9]{0,63}$", var.database_name))
    error_message = "database_name must be 1 to 64 letters and digits, beginning with a letter."
  }
}

variable "database_min_acu" {
  description = "Smallest capacity in ACU; 0 lets the database pause when idle."
  type        = number

  validation {
    condition     = var.database_min_acu >= 0 && var.database_min_acu <= 256 && var.database_min_acu * 2 == floor(var.database_min_acu * 2)
    error_message = "database_min_acu must be 0 to 256 in steps of 0.5."
  }
}

variable "database_max_acu" {
  description = "Largest capacity in ACU."
  type        = number

  validation {
    condition     = var.database_max_acu >= max(1, var.database_min_acu) && var.database_max_acu <= 256 && var.database_max_acu * 2 == floor(var.database_max_acu * 2)
    error_message = "database_max_acu must be at least 1 and database_min_acu, at most 256, in steps of 0.5."
  }
}

variable "database_auto_pause_seconds" {
  description = "Idle seconds after which the database pauses; null where database_min_acu is above 0."
  type        = number
  default     = null

  validation {
    condition     = var.database_auto_pause_seconds == null || try(var.database_auto_pause_seconds >= 300 && var.database_auto_pause_seconds <= 86400, false)
    error_message = "database_auto_pause_seconds must be 300 to 86400, or null."
  }

  validation {
    condition     = (var.database_auto_pause_seconds != null) == (var.database_min_acu == 0)
    error_message = "database_auto_pause_seconds goes with database_min_acu = 0, and only with it."
  }
}

variable "database_instances" {
  description = "Instances of the cluster: 1, or more for one that takes over."
  type        = number

  validation {
    condition     = var.database_instances >= 1 && var.database_instances <= 16
    error_message = "database_instances must be 1 to 16."
  }
}

variable "backup_retention_days" {
  description = "Days for which the database can be restored to any second."
  type        = number

  validation {
    condition     = var.backup_retention_days >= (var.environment == "production" ? 7 : 1) && var.backup_retention_days <= 35
    error_message = "backup_retention_days must be 1 to 35, in production at least 7."
  }
}

variable "publicly_accessible" {
  description = "Gives the database a public address, open to database_access_cidrs; refused in production."
  type        = bool
  default     = false

  validation {
    condition     = !(var.publicly_accessible && var.environment == "production")
    error_message = "The production database is never publicly accessible."
  }
}

variable "database_access_cidrs" {
  description = "IPv4 ranges that reach a publicly accessible database."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.database_access_cidrs : can(cidrhost(cidr, 0)) && can(regex("/(2[4-9]|3[0-2])$", cidr))])
    error_message = "database_access_cidrs must be IPv4 ranges of at most 256 addresses (/24 to /32)."
  }

  validation {
    condition     = var.publicly_accessible == (length(var.database_access_cidrs) > 0)
    error_message = "database_access_cidrs goes with publicly_accessible = true, and only with it."
  }
}

variable "deletion_protection" {
  description = "Keeps database, bucket, key and secrets from being deleted, and takes a final snapshot; demanded in production."
  type        = bool

  validation {
    condition     = var.deletion_protection || var.environment != "production"
    error_message = "Production keeps deletion_protection = true."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept: one of the numbers that CloudWatch takes."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a retention that CloudWatch Logs offers, such as 14, 30, 90 or 365."
  }
}

variable "object_version_days" {
  description = "Days for which replaced versions of the bucket's objects are kept."
  type        = number

  validation {
    condition     = var.object_version_days >= 1 && floor(var.object_version_days) == var.object_version_days
    error_message = "object_version_days must be a whole number of at least 1."
  }
}

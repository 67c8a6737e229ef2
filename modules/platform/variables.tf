variable "project" {
  description = "Project, the first part of every name."
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

variable "region" {
  description = "AWS region, one whose certificates of RDS are in the function's bundle."
  type        = string

  validation {
    condition     = contains(local.certified_regions, var.region)
    error_message = "The function's bundle has no certificates of RDS for this region: make refresh_rds_bundle, and add the region to modules/platform/regions.tf."
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

variable "existing_network" {
  description = "A VPC that exists already, with private subnets in two zones and their route tables; null to make one. has_endpoints: it has those of S3 (and Secrets Manager, ECR, logs, where needed)."
  type = object({
    vpc_id          = string
    subnet_ids      = list(string)
    route_table_ids = list(string)
    has_endpoints   = bool
  })
  default = null

  validation {
    condition     = var.existing_network == null || try(length(var.existing_network.subnet_ids) >= 2, false)
    error_message = "existing_network needs subnets in at least two availability zones."
  }

  validation {
    condition     = var.existing_network == null || (!var.publicly_accessible && var.task_network != "public")
    error_message = "Public subnets are made only in a VPC that is made here."
  }
}

variable "existing_database" {
  description = "An Aurora MySQL cluster that exists already, and its security group, into which rules are put; null to make one."
  type = object({
    cluster_identifier = string
    security_group_id  = string
  })
  default = null

  validation {
    condition     = var.existing_database == null || var.existing_network != null
    error_message = "existing_database goes with existing_network: the VPC that it is in."
  }
}

variable "task_network" {
  description = "Where feeds with runner = \"task\" run: private (three interface endpoints, paid by the hour) or public (an address while it runs, nothing in); null without such feeds."
  type        = string
  default     = null

  validation {
    condition     = var.task_network == null || contains(["private", "public"], coalesce(var.task_network, "-"))
    error_message = "task_network must be private or public, or null."
  }
}

variable "reader_cidrs" {
  description = "Private IPv4 ranges from which readers reach the database: a VPN's, a peered VPC's."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.reader_cidrs : can(cidrhost(cidr, 0)) && can(regex("^(10\\.|172\\.(1[6-9]|2\\d|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9]\\d|1[01]\\d|12[0-7])\\.)", cidr)) && can(regex("/(1[6-9]|2\\d|3[0-2])$", cidr))])
    error_message = "reader_cidrs must be private IPv4 ranges of at most 65,536 addresses (/16 to /32)."
  }
}

variable "senders" {
  description = "Who puts files into the bucket from another account, by a name: ARNs of roles or users, and the prefix below incoming/ that is theirs."
  type = map(object({
    principals = list(string)
    prefix     = string
  }))
  default = {}

  validation {
    condition     = alltrue([for sender in values(var.senders) : can(regex("^incoming/([A-Za-z0-9._-]+/)*$", sender.prefix))])
    error_message = "A sender's prefix begins with incoming/ and ends in /."
  }

  validation {
    condition     = alltrue(flatten([for sender in values(var.senders) : concat([length(sender.principals) > 0], [for principal in sender.principals : can(regex("^arn:[a-z-]+:iam::\\d{12}:(role|user)/[^*]+$", principal))])]))
    error_message = "A sender's principals are ARNs of roles or users, without a wildcard."
  }

  validation {
    condition     = alltrue([for name in keys(var.senders) : can(regex("^[a-z][a-z0-9-]*$", name))])
    error_message = "A sender's name must be lower-case letters, digits and hyphens."
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

variable "bounded" {
  description = "Whether its roles have the boundary that modules/pipeline makes: the pipeline's role makes no others."
  type        = bool
}

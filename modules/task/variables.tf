variable "project" {
  description = "Project, the first part of every name."
  type        = string
}

variable "environment" {
  description = "Environment, the second part of every name."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment must be staging or production."
  }
}

variable "image_tag" {
  description = "Tag of the image in the registry, where a tag is never given twice; `make push_image_*` pushes it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag must be 1 to 128 letters, digits, dots, underscores and hyphens, and not latest."
  }
}

variable "network" {
  description = "Where tasks run, as modules/platform says: subnets, security groups, and whether they get a public address."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
    public_address     = bool
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 2 && length(var.network.security_group_ids) > 0
    error_message = "network needs subnets in two zones and a security group."
  }
}

variable "kms_key_arn" {
  description = "Customer key for log and image."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key."
  }
}

variable "bucket_name" {
  description = "Bucket in which the function asks for a task."
  type        = string
}

variable "needs" {
  description = "Output task_needs of modules/lambda."
  type = object({
    environment     = map(string)
    statements      = string
    dead_letters    = object({ arn = string, url = string })
    alarm_topic_arn = string
    prefix          = string
  })
}

variable "cpu_units" {
  description = "Processor of a task: 1024 units are one virtual CPU."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu_units)
    error_message = "cpu_units must be 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "memory_mb" {
  description = "Memory of a task in MB: one of those that Fargate has for its processor."
  type        = number

  validation {
    condition = contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4097, 1024)
      1024  = range(2048, 8193, 1024)
      2048  = range(4096, 16385, 1024)
      4096  = range(8192, 30721, 1024)
      8192  = range(16384, 61441, 4096)
      16384 = range(32768, 122881, 8192)
    }, tostring(var.cpu_units), []), var.memory_mb)
    error_message = "memory_mb is none that Fargate offers with this cpu_units: 1024 units go with 2048 to 8192 MB in steps of 1024, 2048 with 4096 to 16384, 4096 with 8192 to 30720."
  }
}

variable "disk_gb" {
  description = "Disk of a task in GB: best three times the largest file. The first 20 are free."
  type        = number

  validation {
    condition     = var.disk_gb >= 21 && var.disk_gb <= 200 && floor(var.disk_gb) == var.disk_gb
    error_message = "disk_gb must be 21 to 200."
  }
}

variable "log_retention_days" {
  description = "Days for which the tasks' log is kept: one of the numbers that CloudWatch takes."
  type        = number
}

variable "bounded" {
  description = "Whether its roles have the boundary that modules/pipeline makes: the pipeline's role makes no others."
  type        = bool
}

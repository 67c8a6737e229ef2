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

variable "repository" {
  description = "Repository on GitHub whose pipeline takes the roles, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name, without a wildcard: set it in common.hcl."
  }
}

variable "makes_provider" {
  description = "Whether to make GitHub's OpenID Connect provider in this account; false where it is there."
  type        = bool
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
  type        = string
}

variable "lock_table" {
  description = "DynamoDB table of the state's locks."
  type        = string
}

variable "sample_keys" {
  description = "Keys of the sample files that Terraform uploads."
  type        = list(string)
}

variable "database_user" {
  description = "Database user that the function signs in as: the only one that a role of this environment may be."
  type        = string
}

# Values come from common.hcl and environment.hcl, by deployment/root.hcl.

variable "environment" {
  description = "staging or production: the name of this folder."
  type        = string
}

variable "settings" {
  description = "All settings of this environment; modules/environment says which, and of what type."
  type        = any
}

variable "zip" {
  description = "Path of the function's zip."
  type        = string
}

variable "environment" {
  description = "staging or production: the name of this folder."
  type        = string
}

variable "settings" {
  description = "common.hcl and environment.hcl, merged."
  type        = any
}

# common.hcl and environment.hcl as Terraform reads them, for Terraform's own tests.
locals {
  common = {
    project             = local.project
    region              = local.region
    repository          = local.repository
    state_bucket_prefix = local.state_bucket_prefix
    lock_table          = local.lock_table
    database_name       = local.database_name
    database_user       = local.database_user
    engine_version      = local.engine_version
    terraform_version   = local.terraform_version
    terraform_sha256    = local.terraform_sha256
    terragrunt_version  = local.terragrunt_version
    terragrunt_sha256   = local.terragrunt_sha256
    tags                = local.tags
  }
}

output "of" {
  description = "What Terragrunt gives to each environment as its settings."
  value       = { for name, own in local.environments : name => merge(local.common, own) }
}

# common.hcl and environment.hcl as Terraform reads them, for the tests of the
# deployments and for scripts that run without Terragrunt.
locals {
  common = {
    project             = local.project
    region              = local.region
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

output "inputs" {
  description = "What Terragrunt gives to the deployment in whose folder this is evaluated; null elsewhere."

  value = try(merge(local.common, local.environments[basename(path.cwd)], { environment = basename(path.cwd) }), null)
}

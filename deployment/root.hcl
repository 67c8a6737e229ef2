# What the deployments share, included by each one's terragrunt.hcl: the folder's name says
# which environment it is, environment.hcl in what the two differ.
locals {
  environment = basename(get_terragrunt_dir())

  common   = read_terragrunt_config(find_in_parent_folders("common.hcl")).locals
  settings = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals.environments[local.environment]
}

inputs = {
  environment = local.environment
  settings    = merge(local.common, local.settings)
  zip         = "../../build/lambda_function.zip" # the pipeline's roles need none
}

# Backend and provider, once for both. Terragrunt runs in the deployment's own folder, without
# a `source`: nothing of the repository is copied, and the zip keeps its relative path.
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = file("${dirname(find_in_parent_folders("root.hcl"))}/provider.tf")
}

# No `encrypt`: it would ask for S3's own keys (AES256) where the bucket's rule, which
# `make create_resources` sets, encrypts with KMS.
remote_state {
  backend = "s3"

  config = {
    bucket         = "${local.common.state_bucket_prefix}-${local.settings.account_id}"
    key            = "${path_relative_to_include()}/terraform.tfstate"
    region         = local.common.region
    dynamodb_table = local.common.lock_table
  }
}

# The same file in both environments (production's is a link to it): the folder's name
# says which one it is, environment.hcl in what they differ.
locals {
  environment = basename(get_terragrunt_dir())

  common   = read_terragrunt_config(find_in_parent_folders("common.hcl")).locals
  settings = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals.environments[local.environment]
}

# Terragrunt works on a copy: of the whole repository, so that ../../modules and ../../build
# are where Terraform looks for them, less what Terraform never reads.
terraform {
  source            = "${dirname(find_in_parent_folders("common.hcl"))}//deployment/${local.environment}"
  exclude_from_copy = ["benchmarks/**", "build/npm/**", "docs/**", "src/**", "tests/**"]
}

inputs = merge(local.common, local.settings, {
  environment = local.environment
  zip         = "../../build/lambda_function.zip"
})

remote_state {
  backend = "s3"

  config = {
    bucket         = "${local.common.state_bucket_prefix}-${local.settings.account_id}"
    key            = "${local.environment}/terraform.tfstate"
    region         = local.common.region
    encrypt        = true
    dynamodb_table = local.common.lock_table
  }
}

# What both environments share. Values flow one way: this file and environment.hcl
# -> locals of deployment/root.hcl -> inputs -> the variable `settings` of modules/environment
# -> variables of the modules.
locals {
  # Set these two (and three in environment.hcl).
  project = "csvferry"
  region  = "eu-west-1"

  # Whose pipeline may take the roles of deployment/pipeline; without roles, leave it.
  repository = "your-organisation/${local.project}"

  # Made by `make create_resources`; the account's number is appended to the bucket's
  # name, so that it is unique and each account keeps its own state.
  state_bucket_prefix = "${local.project}-terraform-state"
  lock_table          = "${local.project}-terraform-locks"

  # The database and the user that the function signs in as (never the master user).
  # A database's name has no hyphen; neither has a user's that is written without quotes.
  database_name  = replace(local.project, "-", "")
  database_user  = replace(local.project, "-", "_")
  engine_version = "8.0.mysql_aurora.3.10.0"

  # What the pipeline installs; scripts/infrastructure/install_tools checks the sums.
  terraform_version  = "1.11.4"
  terraform_sha256   = "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc"
  terragrunt_version = "1.1.6"
  terragrunt_sha256  = "d75a80bb264758ba00dabcb17f4b507fcdab4ca90d9e41f96750df036bf69b04"

  tags = {
    ManagedBy = "terragrunt"
    Owner     = "data-platform"
  }
}

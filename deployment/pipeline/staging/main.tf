module "pipeline" {
  source = "../../../modules/pipeline"

  project        = var.settings.project
  environment    = var.environment
  repository     = var.settings.repository
  makes_provider = var.settings.makes_oidc_provider
  state_bucket   = "${var.settings.state_bucket_prefix}-${var.settings.account_id}"
  lock_table     = var.settings.lock_table
  database_user  = var.settings.database_user
  sample_keys    = [for file, prefix in var.settings.samples : "${prefix}${file}"]
}

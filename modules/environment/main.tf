# One environment: what deployment/staging and deployment/production both are.

module "platform" {
  source = "../platform"

  project                     = var.settings.project
  environment                 = var.environment
  region                      = var.settings.region
  vpc_cidr                    = var.settings.vpc_cidr
  existing_network            = var.settings.existing_network
  existing_database           = var.settings.existing_database
  sign_in                     = var.settings.sign_in
  engine_version              = var.settings.engine_version
  database_name               = var.settings.database_name
  database_min_acu            = var.settings.database_min_acu
  database_max_acu            = var.settings.database_max_acu
  database_auto_pause_seconds = var.settings.database_auto_pause_seconds
  database_instances          = var.settings.database_instances
  backup_retention_days       = var.settings.backup_retention_days
  publicly_accessible         = var.settings.publicly_accessible
  database_access_cidrs       = var.settings.database_access_cidrs
  reader_cidrs                = var.settings.reader_cidrs
  senders                     = var.settings.senders
  task_network                = local.task_network
  deletion_protection         = var.settings.deletion_protection
  log_retention_days          = var.settings.log_retention_days
  object_version_days         = var.settings.object_version_days
  bounded                     = var.settings.bounded_roles
}

module "lambda" {
  source = "../lambda"

  project              = var.settings.project
  environment          = var.environment
  zip                  = var.zip
  network              = module.platform.function_network
  kms_key_arn          = module.platform.kms_key_arn
  bucket               = module.platform.bucket
  database             = module.platform.database
  database_user        = var.settings.database_user
  secret               = module.platform.database_user_secret
  feeds                = var.settings.feeds
  schedule             = var.settings.schedule
  timeout_seconds      = var.settings.timeout_seconds
  memory_mb            = var.settings.memory_mb
  ephemeral_storage_mb = var.settings.ephemeral_storage_mb
  concurrency          = var.settings.concurrency
  log_level            = var.settings.log_level
  log_retention_days   = var.settings.log_retention_days
  rejected_share_alarm = var.settings.rejected_share_alarm
  dashboard            = var.settings.dashboard
  alarm_emails         = var.settings.alarm_emails
  bounded              = var.settings.bounded_roles
}

module "task" {
  source = "../task"
  count  = local.task_network == null ? 0 : 1

  project            = var.settings.project
  environment        = var.environment
  image_tag          = var.settings.task.image_tag
  network            = module.platform.task_network
  kms_key_arn        = module.platform.kms_key_arn
  bucket_name        = module.platform.bucket.name
  needs              = module.lambda.task_needs
  cpu_units          = var.settings.task.cpu_units
  memory_mb          = var.settings.task.memory_mb
  disk_gb            = var.settings.task.disk_gb
  log_retention_days = var.settings.log_retention_days
  bounded            = var.settings.bounded_roles
}

locals {
  task_network = try(var.settings.task.network, null)
}

resource "aws_s3_object" "sample" {
  for_each = var.settings.samples

  bucket       = module.platform.bucket.name
  key          = "${each.value}${each.key}"
  source       = "${var.data_folder}/${each.key}"
  source_hash  = filesha256("${var.data_folder}/${each.key}")
  content_type = "text/csv"
}

# Of the whole account: a budget of this project's tag alone would show nothing until
# somebody activates the tag for cost allocation.
resource "aws_budgets_budget" "monthly" {
  count = var.settings.monthly_budget_usd == null ? 0 : 1

  name         = "${var.settings.project}-${var.environment}"
  budget_type  = "COST"
  limit_amount = tostring(var.settings.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "FORECASTED"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.settings.alarm_emails
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "ACTUAL"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.settings.alarm_emails
  }
}

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = merge(var.tags, { Project = var.project, Environment = var.environment })
  }
}

module "platform" {
  source = "../../modules/platform"

  project                     = var.project
  environment                 = var.environment
  vpc_cidr                    = var.vpc_cidr
  sign_in                     = var.sign_in
  engine_version              = var.engine_version
  database_name               = var.database_name
  database_min_acu            = var.database_min_acu
  database_max_acu            = var.database_max_acu
  database_auto_pause_seconds = var.database_auto_pause_seconds
  database_instances          = var.database_instances
  backup_retention_days       = var.backup_retention_days
  publicly_accessible         = var.publicly_accessible
  database_access_cidrs       = var.database_access_cidrs
  deletion_protection         = var.deletion_protection
  log_retention_days          = var.log_retention_days
  object_version_days         = var.object_version_days
}

module "lambda" {
  source = "../../modules/lambda"

  project              = var.project
  environment          = var.environment
  zip                  = var.zip
  network              = module.platform.function_network
  kms_key_arn          = module.platform.kms_key_arn
  bucket               = module.platform.bucket
  database             = module.platform.database
  database_user        = var.database_user
  secret               = module.platform.database_user_secret
  feeds                = var.feeds
  schedule             = var.schedule
  timeout_seconds      = var.timeout_seconds
  memory_mb            = var.memory_mb
  log_level            = var.log_level
  log_retention_days   = var.log_retention_days
  rejected_share_alarm = var.rejected_share_alarm
  alarm_emails         = var.alarm_emails
}

resource "aws_s3_object" "sample" {
  for_each = var.samples

  bucket       = module.platform.bucket.name
  key          = "${each.value}${each.key}"
  source       = "${path.module}/data/${each.key}"
  source_hash  = filesha256("${path.module}/data/${each.key}")
  content_type = "text/csv"
}

# The deployment of this folder with its real values: what common.hcl and environment.hcl
# make of it. production/tests is a link to this folder.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:group" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::bucket" }
  }
  mock_resource "aws_vpc_endpoint" {
    defaults = { prefix_list_id = "pl-s3" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:user" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:function" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:dead", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:alarms" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/rule" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:alarm" }
  }
  mock_resource "aws_rds_cluster" {
    defaults = {
      arn                 = "arn:aws:rds:eu-west-1:123456789012:cluster:cluster"
      cluster_resource_id = "cluster-1"
      endpoint            = "cluster.example"
      master_user_secret  = [{ kms_key_id = "1", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:master", secret_status = "active" }]
    }
  }
}

run "settings" {
  module {
    source = "../../scripts/infrastructure/settings"
  }
}

run "deployment" {
  variables {
    zip                         = "../../modules/lambda/tests/dummy.zip"
    project                     = run.settings.inputs.project
    environment                 = run.settings.inputs.environment
    region                      = run.settings.inputs.region
    account_id                  = run.settings.inputs.account_id
    tags                        = run.settings.inputs.tags
    feeds                       = run.settings.inputs.feeds
    samples                     = run.settings.inputs.samples
    sign_in                     = run.settings.inputs.sign_in
    schedule                    = run.settings.inputs.schedule
    timeout_seconds             = run.settings.inputs.timeout_seconds
    memory_mb                   = run.settings.inputs.memory_mb
    log_level                   = run.settings.inputs.log_level
    vpc_cidr                    = run.settings.inputs.vpc_cidr
    engine_version              = run.settings.inputs.engine_version
    database_name               = run.settings.inputs.database_name
    database_user               = run.settings.inputs.database_user
    database_min_acu            = run.settings.inputs.database_min_acu
    database_max_acu            = run.settings.inputs.database_max_acu
    database_auto_pause_seconds = run.settings.inputs.database_auto_pause_seconds
    database_instances          = run.settings.inputs.database_instances
    backup_retention_days       = run.settings.inputs.backup_retention_days
    publicly_accessible         = run.settings.inputs.publicly_accessible
    database_access_cidrs       = run.settings.inputs.database_access_cidrs
    deletion_protection         = run.settings.inputs.deletion_protection
    log_retention_days          = run.settings.inputs.log_retention_days
    object_version_days         = run.settings.inputs.object_version_days
    rejected_share_alarm        = run.settings.inputs.rejected_share_alarm
    alarm_emails                = run.settings.inputs.alarm_emails
  }

  assert {
    condition     = run.settings.inputs.deletion_protection == (var.environment == "production")
    error_message = "Deletion protection in production and not in staging."
  }
  assert {
    condition     = (var.database_min_acu == 0) == (var.environment == "staging")
    error_message = "Staging's database pauses when idle, production's does not."
  }
  assert {
    condition     = var.environment == "staging" || (!var.publicly_accessible && var.backup_retention_days >= 7 && var.database_instances >= 2)
    error_message = "Production is private, has backups and an instance that takes over."
  }
  assert {
    condition     = var.schedule == "rate(1 hour)"
    error_message = "The schedule is hourly."
  }
  assert {
    condition     = output.function_name == "${var.project}-${var.environment}" && output.dashboard == output.function_name
    error_message = "Names say project and environment."
  }
  assert {
    condition     = output.bucket == "${var.project}-${var.environment}-data-123456789012"
    error_message = "The bucket's name says project, environment and account."
  }
  assert {
    condition     = jsonencode(keys(aws_s3_object.sample)) == jsonencode(keys(var.samples))
    error_message = "The sample is uploaded where it was asked for, and nowhere else."
  }
  assert {
    condition     = (var.environment == "staging") == (length(var.samples) > 0)
    error_message = "Staging gets the sample, production does not."
  }
}

# Both environments with their real values: what common.hcl and environment.hcl make of them.

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
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:function:live" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/cluster" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/task:1", arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/task" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/image", repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/image" }
  }
}

variables {
  zip         = "../lambda/tests/dummy.zip"
  data_folder = "../../deployment/staging/data"
}

run "settings" {
  module {
    source = "../../scripts/infrastructure/settings"
  }
}

run "staging" {
  variables {
    environment = "staging"
    settings    = run.settings.of.staging
  }

  assert {
    condition     = !var.settings.deletion_protection
    error_message = "Staging can be removed."
  }
  assert {
    condition     = var.settings.database_min_acu == 0
    error_message = "Staging's database pauses when idle."
  }
  assert {
    condition     = var.settings.schedule == "rate(1 hour)"
    error_message = "The schedule is hourly."
  }
  assert {
    condition     = output.function_name == "${var.settings.project}-staging" && output.dashboard == null
    error_message = "Names say project and environment; staging has no dashboard to pay for."
  }
  assert {
    condition     = output.bucket == "${var.settings.project}-staging-data-123456789012"
    error_message = "The bucket's name says project, environment and account."
  }
  assert {
    condition     = jsonencode(keys(aws_s3_object.sample)) == jsonencode(["Random_emails.csv"])
    error_message = "The sample is uploaded to staging."
  }
  assert {
    condition     = output.registry == null && length(aws_budgets_budget.monthly) == 0
    error_message = "What was not asked for is not made."
  }
}

# Planned and not applied, as what is protected could not be taken down again.
run "production" {
  command = plan
  variables {
    environment = "production"
    settings    = merge(run.settings.of.production, { alarm_emails = ["oncall@example.com"] })
  }

  assert {
    condition     = var.settings.deletion_protection
    error_message = "Production is protected from deletion."
  }
  assert {
    condition     = !var.settings.publicly_accessible && var.settings.backup_retention_days >= 7 && var.settings.database_instances >= 2 && var.settings.database_min_acu > 0
    error_message = "Production is private, has backups and an instance that takes over, and does not pause."
  }
  assert {
    condition     = var.settings.schedule == "rate(1 hour)"
    error_message = "The schedule is hourly."
  }
  assert {
    condition     = output.function_name == "${var.settings.project}-production" && output.dashboard == output.function_name
    error_message = "Names say project and environment."
  }
  assert {
    condition     = length(aws_s3_object.sample) == 0
    error_message = "Production gets no sample."
  }
}

run "task_in_a_public_subnet" {
  variables {
    environment = "staging"
    settings = merge(run.settings.of.staging, {
      feeds = [{ name = "big", source = "incoming/big/", table = "big", key = ["id"], runner = "task" }]
      task  = { network = "public", image_tag = "v1", cpu_units = 1024, memory_mb = 4096, disk_gb = 50 }
    })
  }
  assert {
    condition     = output.registry != null
    error_message = "A feed that outgrows the function gets a task."
  }
}

run "samples_in_production" {
  command = plan
  variables {
    environment = "production"
    settings    = merge(run.settings.of.production, { alarm_emails = ["oncall@example.com"], samples = { "Random_emails.csv" = "incoming/emails/" } })
  }
  expect_failures = [var.settings]
}

run "task_feed_without_a_task" {
  command = plan
  variables {
    environment = "staging"
    settings    = merge(run.settings.of.staging, { feeds = [{ name = "big", source = "incoming/big/", table = "big", key = ["id"], runner = "task" }] })
  }
  expect_failures = [var.settings]
}

run "budget_with_nobody_to_tell" {
  command = plan
  variables {
    environment = "staging"
    settings    = merge(run.settings.of.staging, { monthly_budget_usd = 20 })
  }
  expect_failures = [var.settings]
}

run "project_with_a_hyphen" {
  variables {
    environment = "staging"
    # As common.hcl makes them of project = "lepaya-assessment"; tests/infrastructure evaluates it.
    settings = merge(run.settings.of.staging, { project = "lepaya-assessment", database_name = "lepayaassessment", database_user = "lepaya_assessment" })
  }
  assert {
    condition     = output.function_name == "lepaya-assessment-staging"
    error_message = "A project's name may have a hyphen."
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  environment = merge({
    CSVFERRY_FEEDS               = "s3://${aws_s3_object.feeds.bucket}/${aws_s3_object.feeds.key}"
    CSVFERRY_STATE               = "s3://${var.bucket.name}/${local.prefixes.state}"
    CSVFERRY_DATABASE_ID         = var.database.resource_id # what is remembered is of this cluster
    RDS_HOST                     = var.database.host
    RDS_PORT                     = tostring(var.database.port)
    RDS_DATABASE                 = var.database.name
    RDS_USER                     = var.database_user
    SIGN_IN                      = var.secret == null ? "iam" : "secret"
    LOG_LEVEL                    = var.log_level
    POWERTOOLS_SERVICE_NAME      = local.name
    POWERTOOLS_METRICS_NAMESPACE = var.project
  }, var.secret == null ? {} : { SECRETS_NAME = var.secret.name })

  # Two of the function's places are not the queue's: the hourly rule's, and a person's.
  concurrency_of_the_queue = var.concurrency - 2
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_272: the zip is built by the pipeline that applies it, and no one else may update the function

  function_name = local.name
  description   = "Brings the CSV files of ${var.bucket.name} into ${var.database.name}"
  role          = aws_iam_role.function.arn

  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  publish          = true
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "csvferry.aws.handler.handler"

  timeout                        = var.timeout_seconds
  memory_size                    = var.memory_mb
  reserved_concurrent_executions = var.concurrency
  kms_key_arn                    = var.kms_key_arn

  ephemeral_storage {
    size = var.ephemeral_storage_mb
  }

  environment {
    variables = local.environment
  }

  vpc_config {
    subnet_ids         = var.network.subnet_ids
    security_group_ids = var.network.security_group_ids
  }

  # For what is invoked asynchronously: the hourly rule. It does nothing behind a queue.
  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters.arn
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text" # the function writes JSON itself
    log_group  = aws_cloudwatch_log_group.function.name
  }

  depends_on = [aws_iam_role_policy.function]
}

# What is invoked. A rollback points it at an older version: scripts/infrastructure/rollback.
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that rules, queue and people invoke"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

# A failed event of the hourly rule is tried twice more, then goes to the dead-letter queue.
# One that waited for an hour is dropped there too: the next run does its work.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.live.name # without it: of $LATEST, which nothing invokes
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600
}

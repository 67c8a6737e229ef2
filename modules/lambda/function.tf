data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  state_prefix = "state/"

  # Of each feed: its source up to the first wildcard, and whether more than that one key
  # is meant. The function does the finer matching.
  sources = [for feed in var.feeds : {
    prefix = split("?", split("[", split("*", feed.source)[0])[0])[0]
    many   = length(regexall("[*?[]|/$", feed.source)) > 0
  }]

  environment = {
    CSVFERRY_FEEDS               = jsonencode([for feed in var.feeds : merge(feed, { source = "s3://${var.bucket.name}/${feed.source}" })])
    CSVFERRY_STATE               = "s3://${var.bucket.name}/${local.state_prefix}"
    RDS_HOST                     = var.database.host
    RDS_PORT                     = tostring(var.database.port)
    RDS_DATABASE                 = var.database.name
    RDS_USER                     = var.database_user
    SIGN_IN                      = var.secret == null ? "iam" : "secret"
    LOG_LEVEL                    = var.log_level
    POWERTOOLS_SERVICE_NAME      = local.name
    POWERTOOLS_METRICS_NAMESPACE = var.project
  }

  secret_environment = var.secret == null ? {} : { SECRETS_NAME = var.secret.name }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_272: the zip is built by the pipeline that applies it, and no one else may update the function

  function_name = local.name
  description   = "Brings the CSV files of ${var.bucket.name} into ${var.database.name}"
  role          = aws_iam_role.function.arn

  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "csvferry.aws.handler.handler"

  timeout                        = var.timeout_seconds
  memory_size                    = var.memory_mb
  reserved_concurrent_executions = 1 # runs do not overlap
  kms_key_arn                    = var.kms_key_arn

  ephemeral_storage {
    size = 2048 # MB, for the file while it is read
  }

  environment {
    variables = merge(local.environment, local.secret_environment)
  }

  vpc_config {
    subnet_ids         = var.network.subnet_ids
    security_group_ids = var.network.security_group_ids
  }

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

# A failed event is tried twice more, then goes to the dead-letter queue. One that waited
# for an hour is dropped there too: the next scheduled run does its work.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600
}

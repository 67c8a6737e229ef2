# What modules/lambda promises. Applied with made-up values for what AWS would fill in.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/function" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:ferry-staging" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:dead", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:alarms" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/ferry-staging" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/rule" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:alarm" }
  }
}

variables {
  project       = "ferry"
  environment   = "staging"
  zip           = "tests/dummy.zip"
  network       = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
  kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/1"
  bucket        = { name = "data", arn = "arn:aws:s3:::data" }
  database      = { host = "db.example", port = 3306, name = "ferry", resource_id = "cluster-1" }
  database_user = "loader"
  feeds = [
    { name = "people", source = "incoming/people/", table = "people", key = ["id"], unique = [["email"], ["first", "last"]] },
    { name = "orders", source = "incoming/orders-*.csv", table = "orders", key = ["id"], mode = "mirror", max_deletes = "5%" },
    { name = "rates", source = "incoming/rates.csv", table = "rates", key = ["day"], mode = "upsert", max_rejects = "0" },
  ]
  schedule             = "rate(1 hour)"
  timeout_seconds      = 300
  memory_mb            = 1024
  log_level            = "INFO"
  log_retention_days   = 14
  rejected_share_alarm = 5
  alarm_emails         = ["oncall@example.com"]
}

run "function" {
  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && aws_lambda_function.this.runtime == "python3.13" && aws_lambda_function.this.handler == "csvferry.aws.handler.handler"
    error_message = "The function is Python 3.13 on arm64, started at csvferry.aws.handler.handler."
  }
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 1
    error_message = "Runs must not overlap: concurrency is 1."
  }
  assert {
    condition     = length(aws_lambda_function.this.vpc_config[0].subnet_ids) == 2 && aws_lambda_function.this.vpc_config[0].security_group_ids == toset(["sg-1"])
    error_message = "The function runs in the private subnets, with its own security group."
  }
  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn
    error_message = "The function's environment is encrypted with the customer key."
  }
  assert {
    condition     = aws_lambda_function.this.dead_letter_config[0].target_arn == aws_sqs_queue.dead_letters.arn
    error_message = "Events that fail go to the dead-letter queue."
  }
  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Traces are on."
  }
}

run "environment_of_the_function" {
  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      CSVFERRY_FEEDS               = aws_lambda_function.this.environment[0].variables.CSVFERRY_FEEDS
      CSVFERRY_STATE               = "s3://data/state/"
      RDS_HOST                     = "db.example"
      RDS_PORT                     = "3306"
      RDS_DATABASE                 = "ferry"
      RDS_USER                     = "loader"
      SIGN_IN                      = "iam"
      LOG_LEVEL                    = "INFO"
      POWERTOOLS_SERVICE_NAME      = "ferry-staging"
      POWERTOOLS_METRICS_NAMESPACE = "ferry"
    })
    error_message = "The function's environment is not what the code expects."
  }
  assert {
    condition = jsondecode(aws_lambda_function.this.environment[0].variables.CSVFERRY_FEEDS)[0] == {
      name = "people", source = "s3://data/incoming/people/", table = "people", key = ["id"], unique = [["email"], ["first", "last"]], mode = "insert", max_rejects = "10%", max_deletes = "10%"
    }
    error_message = "A feed reaches the function with its whole address and csvferry.toml's names."
  }
}

run "least_privilege" {
  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.function.policy).Statement :
    !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])])
    error_message = "No wildcard action."
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")] == [
    "SendTraces", "AttachToTheVpc", "ButNotTheCode"]
    error_message = "Only what AWS knows no resources for may have the resource *."
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Sid == "ReadFeedsAndState"][0] == [
    "arn:aws:s3:::data/incoming/people/*", "arn:aws:s3:::data/incoming/orders-*", "arn:aws:s3:::data/incoming/rates.csv", "arn:aws:s3:::data/state/*"]
    error_message = "It reads its feeds and its state, nothing else."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Condition.StringLikeIfExists["s3:prefix"] if statement.Action == "s3:ListBucket"] == [["incoming/people/*", "incoming/orders-*", "incoming/rates.csv", "state/*", "incoming/"]]
    error_message = "It lists the feeds' prefixes, its state, and the folder of a glob."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")] == ["arn:aws:s3:::data/state/*"]
    error_message = "It writes nothing in the bucket but its state."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Action == "rds-db:connect"] == ["arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-1/loader"]
    error_message = "It signs in as its one database user."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.function.policy, "secretsmanager:")
    error_message = "With IAM sign-in it reads no secret."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if startswith(flatten([statement.Action])[0], "kms:")] == [var.kms_key_arn]
    error_message = "It uses one key."
  }
  assert {
    condition     = jsondecode(aws_iam_role.function.assume_role_policy).Statement[0].Principal == { Service = "lambda.amazonaws.com" } && length(jsondecode(aws_iam_role.function.assume_role_policy).Statement) == 1
    error_message = "Only Lambda takes the role."
  }
}

run "secret_sign_in" {
  variables {
    secret = { name = "ferry-staging/database-user", arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s" }
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables.SIGN_IN == "secret" && aws_lambda_function.this.environment[0].variables.SECRETS_NAME == "ferry-staging/database-user"
    error_message = "The function is told which secret."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Action == "secretsmanager:GetSecretValue"] == [var.secret.arn]
    error_message = "It reads this one secret."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.function.policy, "rds-db:connect")
    error_message = "With the secret it needs no IAM sign-in."
  }
}

run "schedule_and_events" {
  assert {
    condition     = aws_cloudwatch_event_rule.schedule.schedule_expression == "rate(1 hour)"
    error_message = "The function runs every hour."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.created.event_pattern).detail == { bucket = { name = ["data"] }, object = { key = [{ prefix = "incoming/people/" }, { prefix = "incoming/orders-" }, "incoming/rates.csv"] } }
    error_message = "New objects of the feeds, and no others, start the function."
  }
  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.function : target.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn])
    error_message = "Events that can't be delivered go to the dead-letter queue."
  }
  assert {
    condition     = alltrue([for permission in aws_lambda_permission.rule : permission.principal == "events.amazonaws.com" && permission.source_account == "123456789012" && permission.source_arn != null])
    error_message = "Only this account's two rules may invoke the function."
  }
  assert {
    condition     = length(aws_lambda_permission.rule) == 2
    error_message = "Only two rules may invoke the function."
  }
}

run "encrypted_with_the_customer_key" {
  assert {
    condition     = aws_cloudwatch_log_group.function.kms_key_id == var.kms_key_arn
    error_message = "The log is encrypted with the customer key."
  }
  assert {
    condition     = aws_sqs_queue.dead_letters.kms_master_key_id == var.kms_key_arn
    error_message = "The dead-letter queue is encrypted with the customer key."
  }
  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn
    error_message = "The alarms' topic is encrypted with the customer key."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "The queue demands TLS."
  }
}

run "watching" {
  assert {
    condition     = aws_cloudwatch_log_group.function.retention_in_days == 14
    error_message = "Logs are kept for as long as was said."
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["dead-letters", "failed", "guarded", "no-success", "rejects"]
    error_message = "Each of the five alarms is there."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])])
    error_message = "Each alarm tells the topic."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["no-success"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["no-success"].period == 7200
    error_message = "Two hours of silence are an alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["rejects"].threshold == 5
    error_message = "Rejects above the share that was set are an alarm."
  }
  assert {
    condition     = { for alarm in ["guarded", "no-success", "rejects"] : alarm => one(values(aws_cloudwatch_metric_alarm.this[alarm].dimensions)) } == { guarded = "ferry-staging", no-success = "ferry-staging", rejects = "ferry-staging" }
    error_message = "Alarms on the function's metrics look at this environment's."
  }
  assert {
    condition     = keys(aws_sns_topic_subscription.email) == ["oncall@example.com"]
    error_message = "The addresses that were named are told."
  }
}

run "feed_that_takes_in_the_state" {
  command = plan
  variables {
    feeds = [{ name = "all", source = "s*", table = "t", key = ["id"] }]
  }
  expect_failures = [var.feeds]
}

run "feed_without_a_key" {
  command = plan
  variables {
    feeds = [{ name = "people", source = "people/", table = "people", key = [] }]
  }
  expect_failures = [var.feeds]
}

run "feed_with_an_unknown_mode" {
  command = plan
  variables {
    feeds = [{ name = "people", source = "people/", table = "people", key = ["id"], mode = "replace" }]
  }
  expect_failures = [var.feeds]
}

run "limit_of_more_than_everything" {
  command = plan
  variables {
    feeds = [{ name = "people", source = "people/", table = "people", key = ["id"], max_deletes = "101%" }]
  }
  expect_failures = [var.feeds]
}

run "schedule_once_a_day" {
  command = plan
  variables {
    schedule = "rate(1 day)"
  }
  expect_failures = [var.schedule]
}

run "master_user_as_the_functions" {
  command = plan
  variables {
    database_user = "administrator"
  }
  expect_failures = [var.database_user]
}

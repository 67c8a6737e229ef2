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
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:ferry-staging:live" }
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
  database      = { cluster = "ferry-staging", host = "db.example", port = 3306, name = "ferry", resource_id = "cluster-1" }
  database_user = "loader"
  bounded       = true
  feeds = [
    { name = "people", source = "incoming/people/", table = "people", key = ["id"], unique = [["email"], ["first", "last"]] },
    { name = "orders", source = "incoming/orders-*.csv", table = "orders", key = ["id"], mode = "mirror", max_deletes = "5%" },
    { name = "rates", source = "incoming/rates.csv", table = "rates", key = ["day"], mode = "upsert", max_rejects = "0" },
  ]
  schedule             = "rate(1 hour)"
  timeout_seconds      = 300
  memory_mb            = 1024
  ephemeral_storage_mb = 2048
  concurrency          = 4
  dashboard            = true
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
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 4
    error_message = "Invocations side by side are few, and reserved."
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
    condition     = aws_lambda_function.this.ephemeral_storage[0].size == 2048
    error_message = "Scratch space is as large as was said."
  }
  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.live.name == "live" && aws_lambda_event_source_mapping.events.function_name == aws_lambda_alias.live.arn && aws_cloudwatch_event_target.schedule.arn == aws_lambda_alias.live.arn
    error_message = "An alias is invoked, which a rollback can point at an older version."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.this.qualifier == "live"
    error_message = "Retries are set for what is invoked, the alias."
  }
  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Traces are on."
  }
}

run "environment_of_the_function" {
  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      CSVFERRY_FEEDS               = "s3://data/config/feeds.json"
      CSVFERRY_DATABASE_ID         = "cluster-1"
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
    condition = jsondecode(aws_s3_object.feeds.content)[0] == {
      name = "people", source = "s3://data/incoming/people/", table = "people", key = ["id"], unique = [["email"], ["first", "last"]], mode = "insert", max_rejects = "10%", max_deletes = "10%", runner = "function"
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
    "arn:aws:s3:::data/incoming/people/*", "arn:aws:s3:::data/incoming/orders-*", "arn:aws:s3:::data/incoming/rates.csv", "arn:aws:s3:::data/config/*", "arn:aws:s3:::data/state/*", "arn:aws:s3:::data/tasks/*"]
    error_message = "It reads its feeds, its settings and its state, nothing else."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Condition.StringLikeIfExists["s3:prefix"] if statement.Action == "s3:ListBucket"] == [["incoming/people/*", "incoming/orders-*", "incoming/rates.csv", "config/*", "state/*", "tasks/*", "incoming/"]]
    error_message = "It lists the feeds' prefixes, its state, and the folder of a glob."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")] == [["arn:aws:s3:::data/reports/*", "arn:aws:s3:::data/state/*", "arn:aws:s3:::data/tasks/*"]]
    error_message = "It writes nothing in the bucket but its state, reports and tasks."
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

run "bounded" {
  assert {
    condition     = aws_iam_role.function.permissions_boundary == "arn:aws:iam::123456789012:policy/ferry-staging-pipeline-boundary"
    error_message = "The function's role has the pipeline's boundary."
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
    condition     = jsondecode(aws_cloudwatch_event_rule.created["0"].event_pattern).detail == { bucket = { name = ["data"] }, object = { key = [{ prefix = "incoming/people/" }, { prefix = "incoming/orders-" }, "incoming/rates.csv"] } } && length(aws_cloudwatch_event_rule.created) == 1
    error_message = "New objects of the feeds, and no others, wake the function."
  }
  assert {
    condition     = alltrue([for target in concat([aws_cloudwatch_event_target.schedule], values(aws_cloudwatch_event_target.created)) : target.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn])
    error_message = "Events that can't be delivered go to the dead-letter queue."
  }
  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.created : target.arn == aws_sqs_queue.events.arn])
    error_message = "Events of objects go to the queue."
  }
}

# docs/aws-behaviour.md, "Which keys a service sends".
run "policies_name_only_keys_that_the_service_sends" {
  assert {
    condition     = aws_lambda_permission.schedule.principal == "events.amazonaws.com" && aws_lambda_permission.schedule.source_arn == aws_cloudwatch_event_rule.schedule.arn && aws_lambda_permission.schedule.qualifier == "live"
    error_message = "The hourly rule alone may invoke the alias."
  }
  assert {
    condition     = aws_lambda_permission.schedule.source_account == null
    error_message = "EventBridge sends no aws:SourceAccount to Lambda for a rule: the condition would refuse every invocation."
  }
  assert {
    condition = alltrue([for policy in [aws_sqs_queue_policy.events.policy, aws_sqs_queue_policy.dead_letters.policy] : alltrue([
      for statement in jsondecode(policy).Statement : jsonencode(flatten([for operator in values(statement.Condition) : keys(operator)])) == jsonencode(["aws:SourceArn"])
    if statement.Principal == { Service = "events.amazonaws.com" }])])
    error_message = "EventBridge is let into the queues by aws:SourceArn alone."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[1].Condition == { ArnLike = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/ferry-staging-*" } }
    error_message = "The rules of this environment reach the dead-letter queue."
  }
  assert {
    condition     = length(jsondecode(aws_sns_topic_policy.alarms.policy).Statement) == 1 && jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0].Principal == { Service = "cloudwatch.amazonaws.com" }
    error_message = "Only alarms publish to the topic."
  }
}

run "queue_of_wake_ups" {
  assert {
    condition     = !coalesce(aws_sqs_queue.events.fifo_queue, false) && !coalesce(aws_sqs_queue.dead_letters.fifo_queue, false)
    error_message = "Both queues are standard: a FIFO queue has batches of ten without a window, a rule's dead-letter queue may be none."
  }
  assert {
    condition     = aws_sqs_queue.events.visibility_timeout_seconds > var.timeout_seconds + aws_lambda_event_source_mapping.events.maximum_batching_window_in_seconds
    error_message = "A message is not delivered again while the function works on it."
  }
  assert {
    condition     = jsonencode(aws_lambda_event_source_mapping.events.function_response_types) == jsonencode(["ReportBatchItemFailures"])
    error_message = "The function returns only what must be tried again."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.events.batch_size >= 1000 && aws_lambda_event_source_mapping.events.batch_size <= 10000 && aws_lambda_event_source_mapping.events.maximum_batching_window_in_seconds >= 1
    error_message = "A thousand events are a handful of invocations; more than ten a batch need a window."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.events.scaling_config[0].maximum_concurrency >= 2 && aws_lambda_event_source_mapping.events.scaling_config[0].maximum_concurrency < aws_lambda_function.this.reserved_concurrent_executions
    error_message = "The poller takes at least two places, and leaves one to the schedule."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.events.redrive_policy).maxReceiveCount >= 5 && jsondecode(aws_sqs_queue.events.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
    error_message = "Each delivery counts: there is room before the dead-letter queue."
  }
  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds > aws_sqs_queue.events.message_retention_seconds
    error_message = "A dead letter keeps the time at which it was first sent: it must be kept for longer."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sqs:ReceiveMessage")] == [aws_sqs_queue.events.arn]
    error_message = "Lambda's poller takes messages with the function's role."
  }
}

run "many_feeds_have_a_rule_a_group" {
  variables {
    # Without a function: OpenTofu calls none here.
    feeds = [for number in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59] : { name = "feed-${number}", source = "incoming/of-department-${number}/", table = "t${number}", key = ["id"] }]
  }
  assert {
    condition     = length(aws_cloudwatch_event_rule.created) > 1 && alltrue([for rule in aws_cloudwatch_event_rule.created : length(rule.event_pattern) <= 2048])
    error_message = "A rule's pattern has at most 2,048 characters."
  }
  assert {
    condition     = length(flatten([for rule in aws_cloudwatch_event_rule.created : jsondecode(rule.event_pattern).detail.object.key])) == 60
    error_message = "Each feed is in one of the rules."
  }
  assert {
    condition     = length(jsondecode(aws_s3_object.feeds.content)) == 60 && length(jsonencode(aws_lambda_function.this.environment[0].variables)) < 4096
    error_message = "Feeds are an object: a function's variables end at 4 KB."
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
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["dead-letters", "dropped", "failed", "guarded", "no-success", "not-loaded", "rejects", "slow", "throttled", "undelivered-created-0", "undelivered-schedule", "waiting"]
    error_message = "Each of the twelve alarms is there."
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
    condition     = aws_cloudwatch_metric_alarm.this["slow"].threshold == 240000
    error_message = "A run that comes near the function's time is an alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["undelivered-schedule"].metric_name == "FailedInvocations" && aws_cloudwatch_metric_alarm.this["undelivered-schedule"].dimensions == tomap({ RuleName = aws_cloudwatch_event_rule.schedule.name })
    error_message = "A rule that may not invoke the function is an alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["not-loaded"].metric_name == "RunsFailed" && aws_cloudwatch_metric_alarm.this["not-loaded"].period == 300
    error_message = "A bad file behind the queue fails no invocation, and is an alarm all the same."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["waiting"].metric_name == "ApproximateAgeOfOldestMessage"
    error_message = "An event that waits is an alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["rejects"].threshold == 5
    error_message = "Rejects above the share that was set are an alarm."
  }
  assert {
    condition     = alltrue([for alarm in ["guarded", "no-success", "not-loaded", "rejects"] : aws_cloudwatch_metric_alarm.this[alarm].dimensions == tomap({ service = "ferry-staging" })])
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

run "no_dashboard" {
  variables {
    dashboard = false
  }
  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard == null
    error_message = "A dashboard that was not asked for is not paid."
  }
}

run "production_without_anybody_to_alarm" {
  command = plan
  variables {
    environment  = "production"
    alarm_emails = []
  }
  expect_failures = [var.alarm_emails]
}

run "feed_that_takes_in_the_settings" {
  command = plan
  variables {
    feeds = [{ name = "all", source = "config/", table = "t", key = ["id"] }]
  }
  expect_failures = [var.feeds]
}

run "feed_with_an_unknown_runner" {
  command = plan
  variables {
    feeds = [{ name = "people", source = "people/", table = "people", key = ["id"], runner = "spark" }]
  }
  expect_failures = [var.feeds]
}

run "concurrency_below_what_the_poller_takes" {
  command = plan
  variables {
    concurrency = 3
  }
  expect_failures = [var.concurrency]
}

run "scratch_space_that_lambda_has_not" {
  command = plan
  variables {
    ephemeral_storage_mb = 20480
  }
  expect_failures = [var.ephemeral_storage_mb]
}

run "source_longer_than_a_pattern" {
  command = plan
  variables {
    feeds = [{ name = "long", source = "incoming/departmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartmentdepartment/", table = "t", key = ["id"] }]
  }
  expect_failures = [aws_cloudwatch_event_rule.created]
}

# What modules/task promises. Applied with made-up values for what AWS would fill in.

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
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/ecs/ferry-staging-task" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/rule" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/ferry-staging" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/ferry-staging-task:1", arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/ferry-staging-task" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/ferry-staging", repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ferry-staging" }
  }
}

override_resource {
  target = aws_iam_role.task
  values = { arn = "arn:aws:iam::123456789012:role/ferry-staging-task" }
}

override_resource {
  target = aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/ferry-staging-task-execution" }
}

variables {
  project     = "ferry"
  environment = "staging"
  image_tag   = "v1"
  network     = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"], public_address = true }
  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
  bucket_name = "data"
  bounded     = true
  needs = {
    environment     = { RDS_HOST = "db.example", CSVFERRY_FEEDS = "s3://data/config/feeds.json" }
    statements      = "[{\"Sid\":\"ReadFeedsAndState\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::data/incoming/*\"}]"
    dead_letters    = { arn = "arn:aws:sqs:eu-west-1:123456789012:dead", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead" }
    alarm_topic_arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
    prefix          = "tasks/"
  }
  cpu_units          = 1024
  memory_mb          = 4096
  disk_gb            = 50
  log_retention_days = 14
}

run "task" {
  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64" && aws_ecs_task_definition.this.requires_compatibilities == toset(["FARGATE"]) && aws_ecs_task_definition.this.network_mode == "awsvpc"
    error_message = "The task runs on Fargate, arm64."
  }
  assert {
    condition     = aws_ecs_task_definition.this.ephemeral_storage[0].size_in_gib == 50
    error_message = "Its disk is as large as was said."
  }
  assert {
    condition = {
      image   = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].image
      started = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].entryPoint
      } == {
      image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ferry-staging:v1"
      started = ["python", "-m", "csvferry.aws.task"]
    }
    error_message = "It starts the task of the image that was named."
  }
  assert {
    condition     = { for variable in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : variable.name => variable.value } == { RDS_HOST = "db.example", CSVFERRY_FEEDS = "s3://data/config/feeds.json", AWS_REGION = "eu-west-1" }
    error_message = "It has the function's environment."
  }
  assert {
    condition     = aws_ecs_task_definition.this.task_role_arn == aws_iam_role.task.arn && aws_ecs_task_definition.this.execution_role_arn == aws_iam_role.execution.arn
    error_message = "What runs has one role, what pulls the image and writes the log another."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.task.policy).Statement == jsondecode(var.needs.statements)
    error_message = "Its role may do what a run needs, and no more."
  }
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "A tag is never given twice."
  }
}

run "bounded" {
  assert {
    condition     = alltrue([for role in [aws_iam_role.task, aws_iam_role.execution, aws_iam_role.start] : role.permissions_boundary == "arn:aws:iam::123456789012:policy/ferry-staging-pipeline-boundary"])
    error_message = "All three roles have the pipeline's boundary."
  }
}

run "start" {
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.start.event_pattern).detail == { bucket = { name = ["data"] }, object = { key = [{ prefix = "tasks/" }] } }
    error_message = "An object below tasks/ starts it."
  }
  assert {
    condition     = aws_cloudwatch_event_target.start.ecs_target[0].launch_type == "FARGATE" && aws_cloudwatch_event_target.start.ecs_target[0].task_count == 1 && aws_cloudwatch_event_target.start.ecs_target[0].network_configuration[0].assign_public_ip
    error_message = "One task, in the network that was chosen."
  }
  assert {
    condition     = strcontains(aws_cloudwatch_event_target.start.input_transformer[0].input_template, "\"value\": <key>") && aws_cloudwatch_event_target.start.input_transformer[0].input_paths == tomap({ key = "$.detail.object.key" })
    error_message = "The key is handed over as EventBridge replaces it: <key>, unescaped and unquoted."
  }
  assert {
    condition     = jsondecode(replace(aws_cloudwatch_event_target.start.input_transformer[0].input_template, "<key>", "\"tasks/people\"")).containerOverrides[0].environment == [{ name = "CSVFERRY_FEED", value = "tasks/people" }]
    error_message = "The task is told its feed."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.start.policy).Statement : statement.Resource if statement.Action == "iam:PassRole"] == [["arn:aws:iam::123456789012:role/ferry-staging-task", "arn:aws:iam::123456789012:role/ferry-staging-task-execution"]]
    error_message = "The rule hands over both roles."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.start.policy).Statement : statement.Resource if statement.Action == "ecs:RunTask"] == ["arn:aws:ecs:eu-west-1:123456789012:task-definition/ferry-staging-task:*"]
    error_message = "The rule starts this task alone."
  }
  assert {
    condition     = !can(jsondecode(aws_iam_role.start.assume_role_policy).Statement[0].Condition)
    error_message = "EventBridge takes the role without a condition that it might not meet."
  }
}

run "a_task_that_failed_is_alarmed" {
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.failed.event_pattern).detail["$or"] == [{ containers = { exitCode = [{ anything-but = [0] }] } }, { stopCode = [{ anything-but = ["EssentialContainerExited"] }] }]
    error_message = "A task that ends with another status than 0, or never ran, is an event."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.failed.dimensions == tomap({ RuleName = "ferry-staging-task-failed" }) && aws_cloudwatch_metric_alarm.failed.alarm_actions == toset([var.needs.alarm_topic_arn])
    error_message = "That event is an alarm."
  }
  assert {
    condition     = aws_cloudwatch_event_target.failed.arn == var.needs.dead_letters.arn && aws_cloudwatch_event_target.start.dead_letter_config[0].arn == var.needs.dead_letters.arn
    error_message = "Its reason is kept, as is a start that could not be."
  }
}

run "encrypted_with_the_customer_key" {
  assert {
    condition     = aws_cloudwatch_log_group.task.kms_key_id == var.kms_key_arn && aws_ecr_repository.this.encryption_configuration[0].kms_key == var.kms_key_arn
    error_message = "Log and image are encrypted with the customer key."
  }
}

run "memory_that_fargate_has_not" {
  command = plan
  variables {
    memory_mb = 16384
  }
  expect_failures = [var.memory_mb]
}

run "disk_that_fargate_has_not" {
  command = plan
  variables {
    disk_gb = 500
  }
  expect_failures = [var.disk_gb]
}

run "tag_that_moves" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

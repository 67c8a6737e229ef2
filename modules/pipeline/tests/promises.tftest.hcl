# What modules/pipeline promises. Applied with made-up values for what AWS would fill in.

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
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/policy" }
  }
}

variables {
  project        = "ferry"
  environment    = "production"
  repository     = "shop/ferry"
  makes_provider = true
  state_bucket   = "ferry-terraform-state-123456789012"
  lock_table     = "ferry-terraform-locks"
  sample_keys    = []
  database_user  = "loader"
}

run "who_takes_the_roles" {
  assert {
    condition = { for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] } == {
      deploy = "repo:shop/ferry:environment:production"
      plan   = "repo:shop/ferry:environment:production-plan"
    }
    error_message = "Each role is taken in one GitHub environment of one repository alone."
  }
  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"])
    error_message = "The token is for AWS."
  }
}

run "plan_reads_only" {
  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : [for action in flatten([statement.Action]) :
      can(regex("^[a-z0-9]+:(Describe|Get|List|View)[A-Za-z]*$", action)) || action == "kms:Decrypt"
    ] if statement.Effect == "Allow"]))
    error_message = "The plan's role changes nothing, and has no wildcard."
  }
  assert {
    condition     = anytrue([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : contains(flatten([statement.Action]), "secretsmanager:GetSecretValue") && contains(flatten([statement.Action]), "rds-data:*") if statement.Effect == "Deny"])
    error_message = "It reads no secret and no row."
  }
  assert {
    condition     = jsonencode(distinct(flatten([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:GetObject")]))) == jsonencode(["arn:aws:s3:::ferry-terraform-state-123456789012", "arn:aws:s3:::ferry-terraform-state-123456789012/production/*", "arn:aws:s3:::ferry-production-data-123456789012/config/*"])
    error_message = "It reads the state and what Terraform uploads, and no file of a sender."
  }
}

run "plan_sees_the_functions_variables" {
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : jsonencode(statement.Condition.StringEquals["kms:ViaService"]) if statement.Action == "kms:Decrypt"] == [jsonencode(["lambda.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"])]
    error_message = "Without the key Lambda shows no variables, and each plan would set them anew."
  }
}

run "deploy" {
  assert {
    condition     = !anytrue(flatten([for policy in aws_iam_policy.deploy : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : strcontains(action, "*")] if statement.Effect == "Allow"]]))
    error_message = "No wildcard action."
  }
  assert {
    condition     = !anytrue(flatten([for policy in aws_iam_policy.deploy : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : contains(["rds:DeleteDBCluster", "s3:DeleteBucket", "secretsmanager:DeleteSecret"], action)] if statement.Effect == "Allow"]]))
    error_message = "The pipeline can't delete what holds production's data."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.deploy["network"].policy).Statement : statement.Resource if statement.Effect == "Deny"] == [["arn:aws:iam::123456789012:role/ferry-production-pipeline-*", "arn:aws:iam::123456789012:policy/ferry-production-pipeline-*"]]
    error_message = "It can't touch its own rights."
  }
}

run "no_role_has_more_than_the_boundary" {
  assert {
    condition = alltrue(flatten([for policy in aws_iam_policy.deploy : [for statement in jsondecode(policy.policy).Statement :
      jsonencode(statement.Condition) == jsonencode({ ArnEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/ferry-production-pipeline-boundary" } })
      if statement.Effect == "Allow" && length(setintersection(flatten([statement.Action]), ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"])) > 0
    ]]))
    error_message = "The deploy role gives rights only to roles with the boundary."
  }
  assert {
    condition     = !anytrue(flatten([for policy in aws_iam_policy.deploy : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : contains(["iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary"], action)] if statement.Effect == "Allow"]]))
    error_message = "It takes no boundary off, and changes none."
  }
  assert {
    condition     = aws_iam_policy.boundary.name == "ferry-production-pipeline-boundary" && !anytrue(flatten([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : [for action in flatten([statement.Action]) : strcontains(action, "*")]]))
    error_message = "The boundary has the name that the deploy role names, and no wildcard action."
  }
}

run "provider_that_is_there" {
  variables {
    makes_provider = false
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && jsondecode(aws_iam_role.this["plan"].assume_role_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    error_message = "One provider an account is enough."
  }
}

run "any_repository_is_refused" {
  command = plan
  variables {
    repository = "*/*"
  }
  expect_failures = [var.repository]
}

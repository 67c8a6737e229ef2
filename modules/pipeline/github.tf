data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  issuer    = "token.actions.githubusercontent.com"
  provider  = var.makes_provider ? one(aws_iam_openid_connect_provider.github[*].arn) : "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}"

  # GitHub's token names the GitHub environment that the job runs in, whose rules (who
  # approves, which branches) GitHub has kept before it gives the token out.
  trust = { for role, github_environment in { plan = "${var.environment}-plan", deploy = var.environment } : role => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.provider }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "repo:${var.repository}:environment:${github_environment}"
        }
      }
    }]
  }) }
}

# One an account: where staging and production share it, staging's deployment makes it.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.makes_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each = local.trust

  name                 = "${local.name}-pipeline-${each.key}"
  assume_role_policy   = each.value
  max_session_duration = 3600
}

# Terragrunt copies this beside each deployment's main.tf: see root.hcl.
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
  region              = var.settings.region
  allowed_account_ids = [var.settings.account_id]

  default_tags {
    tags = merge(var.settings.tags, { Project = var.settings.project, Environment = var.environment })
  }
}

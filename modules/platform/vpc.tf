data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394: the first two by name are taken, so that a further zone changes nothing

  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  zones     = slice(data.aws_availability_zones.available.names, 0, 2)

  with_secret = var.sign_in == "secret"
  own_network = var.existing_network == null

  vpc_id           = local.own_network ? one(aws_vpc.this[*].id) : var.existing_network.vpc_id
  private_subnets  = local.own_network ? aws_subnet.private[*].id : var.existing_network.subnet_ids
  private_routes   = local.own_network ? aws_route_table.private[*].id : var.existing_network.route_table_ids
  makes_endpoints  = local.own_network || !try(var.existing_network.has_endpoints, false)
  needs_public_way = var.publicly_accessible || var.task_network == "public"
}

resource "aws_vpc" "this" {
  count = local.own_network ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = local.name }
}

# Emptied: what is given no group of its own reaches nothing.
resource "aws_default_security_group" "this" {
  count = local.own_network ? 1 : 0

  vpc_id = local.vpc_id

  tags = { Name = "${local.name}-default-unused" }
}

# Function and database: no route but the VPC's own and the one to S3.
resource "aws_subnet" "private" {
  count = local.own_network ? length(local.zones) : 0

  vpc_id            = local.vpc_id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)

  tags = { Name = "${local.name}-private-${local.zones[count.index]}" }
}

resource "aws_route_table" "private" {
  count = local.own_network ? 1 : 0

  vpc_id = local.vpc_id

  tags = { Name = "${local.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = local.own_network ? length(local.zones) : 0

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[0].id
}

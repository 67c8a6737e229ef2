locals {
  mysql_port = 3306
}

resource "aws_security_group" "function" {
  #checkov:skip=CKV2_AWS_5: attached by modules/lambda

  name        = "${local.name}-function"
  description = "The function: out to the database and S3, nothing in"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-function" }
}

resource "aws_security_group" "database" {
  count = local.own_database ? 1 : 0

  name        = "${local.name}-database"
  description = "The database: in from the function, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_function" {
  security_group_id            = local.database_group
  description                  = "MySQL from the function"
  referenced_security_group_id = aws_security_group.function.id
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "function_to_database" {
  security_group_id            = aws_security_group.function.id
  description                  = "MySQL to the database"
  referenced_security_group_id = local.database_group
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "function_to_s3" {
  security_group_id = aws_security_group.function.id
  description       = "S3 through its gateway endpoint"
  prefix_list_id    = local.s3_prefix_list
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# A gateway endpoint that is not made here has the same list of addresses.
data "aws_prefix_list" "s3" {
  count = local.makes_endpoints ? 0 : 1

  name = "com.amazonaws.${local.region}.s3"
}

locals {
  s3_prefix_list = local.makes_endpoints ? one(aws_vpc_endpoint.s3[*].prefix_list_id) : one(data.aws_prefix_list.s3[*].id)
  database_group = local.own_database ? one(aws_security_group.database[*].id) : var.existing_database.security_group_id
}

# Interface endpoints: Secrets Manager's with sign_in = "secret", Fargate's with
# task_network = "private". Function and task reach them by the same group.

locals {
  with_interface_endpoints = local.with_secret || var.task_network == "private"
  # Who may call them: the function where it reads a secret, the task whenever there is one.
  endpoint_callers = merge(
    local.with_secret ? { function = aws_security_group.function.id } : {},
    local.with_interface_endpoints && var.task_network != null ? { task = aws_security_group.task[0].id } : {},
  )
}

resource "aws_security_group" "endpoints" {
  count = local.with_interface_endpoints ? 1 : 0

  name        = "${local.name}-endpoints"
  description = "Interface endpoints: in from function and task, nothing out"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = local.endpoint_callers

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "TLS from the ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  for_each = local.makes_endpoints ? local.endpoint_callers : {}

  security_group_id            = each.value
  description                  = "Interface endpoints"
  referenced_security_group_id = aws_security_group.endpoints[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

# Endpoints of a VPC that exists already are somewhere within it.
data "aws_vpc" "existing" {
  count = local.own_network ? 0 : 1

  id = var.existing_network.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "existing_endpoints" {
  for_each = local.makes_endpoints ? {} : local.endpoint_callers

  security_group_id = each.value
  description       = "Interface endpoints of the VPC"
  cidr_ipv4         = data.aws_vpc.existing[0].cidr_block
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Readers: whatever is given this group reaches the database. It costs nothing.

resource "aws_security_group" "client" {
  #checkov:skip=CKV2_AWS_5: for whoever reads the tables; nothing here has it

  name        = "${local.name}-client"
  description = "Whoever has this group reaches the database"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-client" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_client" {
  security_group_id            = local.database_group
  description                  = "MySQL from readers"
  referenced_security_group_id = aws_security_group.client.id
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "client_to_database" {
  security_group_id            = aws_security_group.client.id
  description                  = "MySQL to the database"
  referenced_security_group_id = local.database_group
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_ingress_rule" "database_from_reader_cidr" {
  for_each = var.reader_cidrs

  security_group_id = local.database_group
  description       = "MySQL from readers in ${each.value}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.mysql_port
  to_port           = local.mysql_port
}

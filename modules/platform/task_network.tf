# Where a feed with runner = "task" runs. Private: beside the function, with endpoints that
# are paid by the hour. Public: in subnets with a way to the internet, with an address of
# its own while it runs and nothing that comes in.

resource "aws_security_group" "task" {
  #checkov:skip=CKV2_AWS_5: attached by modules/task

  count = var.task_network == null ? 0 : 1

  name        = "${local.name}-task"
  description = "Tasks: out to the database and S3, nothing in"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-task" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_task" {
  count = length(aws_security_group.task)

  security_group_id            = local.database_group
  description                  = "MySQL from tasks"
  referenced_security_group_id = aws_security_group.task[0].id
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "task_to_database" {
  count = length(aws_security_group.task)

  security_group_id            = aws_security_group.task[0].id
  description                  = "MySQL to the database"
  referenced_security_group_id = local.database_group
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "task_to_s3" {
  count = length(aws_security_group.task)

  security_group_id = aws_security_group.task[0].id
  description       = "S3 through its gateway endpoint"
  prefix_list_id    = local.s3_prefix_list
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The registry's and the log's addresses are not known: TLS to anywhere.
resource "aws_vpc_security_group_egress_rule" "task_to_the_registry" {
  count = var.task_network == "public" ? 1 : 0

  security_group_id = aws_security_group.task[0].id
  description       = "Registry and log, by TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Only with publicly_accessible or task_network = "public": subnets with a way to the
# internet, for the database or the tasks alone.

resource "aws_internet_gateway" "this" {
  count = local.needs_public_way ? 1 : 0

  vpc_id = local.vpc_id

  tags = { Name = local.name }
}

resource "aws_subnet" "public" {
  count = local.needs_public_way ? length(local.zones) : 0

  vpc_id                  = local.vpc_id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 4, 8 + count.index)
  map_public_ip_on_launch = false

  tags = { Name = "${local.name}-public-${local.zones[count.index]}" }
}

resource "aws_route_table" "public" {
  count = local.needs_public_way ? 1 : 0

  vpc_id = local.vpc_id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this[0].id
  }

  tags = { Name = "${local.name}-public" }
}

resource "aws_route_table_association" "public" {
  count = length(aws_subnet.public)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_vpc_security_group_ingress_rule" "database_from_outside" {
  for_each = var.publicly_accessible ? toset(var.database_access_cidrs) : []

  security_group_id = local.database_group
  description       = "MySQL from ${each.value}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.mysql_port
  to_port           = local.mysql_port
}

# Where the tasks of Fargate are: subnets that are there already (network), or a small
# VPC of the stack's own. That has no NAT: its subnets are public, each task has an
# address of its own that nobody can open a connection to, and the gateways of S3 and
# DynamoDB cost nothing. Interface endpoints instead would cost ten times as much as the
# addresses of two tasks (README, "What it costs").

locals {
  own_network = length(local.on_fargate) > 0 && var.network == null ? 1 : 0
  network = var.network != null ? var.network : {
    subnets         = aws_subnet.public[*].id
    security_groups = aws_security_group.tasks[*].id
    public_ip       = true
  }
}

data "aws_availability_zones" "here" {
  count = local.own_network
  state = "available"
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "stack" {
  count                = local.own_network
  cidr_block           = "10.86.0.0/24"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Nothing uses the group that every VPC has: it lets nothing in or out.
resource "aws_default_security_group" "none" {
  count  = local.own_network
  vpc_id = aws_vpc.stack[0].id
}

resource "aws_internet_gateway" "stack" {
  count  = local.own_network
  vpc_id = aws_vpc.stack[0].id
  tags   = { Name = var.name }
}

resource "aws_route_table" "public" {
  count  = local.own_network
  vpc_id = aws_vpc.stack[0].id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.stack[0].id
  }
  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  count             = 2 * local.own_network
  vpc_id            = aws_vpc.stack[0].id
  cidr_block        = cidrsubnet(aws_vpc.stack[0].cidr_block, 2, count.index)
  availability_zone = data.aws_availability_zones.here[0].names[count.index]
  tags              = { Name = "${var.name}-${count.index + 1}" }
}

resource "aws_route_table_association" "public" {
  count          = 2 * local.own_network
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(local.own_network > 0 ? ["dynamodb", "s3"] : [])
  vpc_id            = aws_vpc.stack[0].id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public[0].id]
  tags              = { Name = "${var.name}-${each.key}" }
}

# Out by TLS, in by nothing.
resource "aws_security_group" "tasks" {
  count       = local.own_network
  name        = "${var.name}-tasks"
  description = "Tasks of the statline stack ${var.name}: out by TLS, in by nothing."
  vpc_id      = aws_vpc.stack[0].id
  egress {
    description = "AWS"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}

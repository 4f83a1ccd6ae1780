# The services as workers on Fargate (compute = "fargate").

locals {
  on_fargate = var.compute == "fargate" ? local.services : toset([])
  # ECR's own registries are read with the role that starts the tasks; all others need
  # no word of AWS.
  repositories = { for s in local.on_fargate : s => try(
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/(?P<name>[^:@]+)", var.images[s]),
    null,
  ) }
}

resource "aws_ecs_cluster" "stack" {
  count = length(local.on_fargate) > 0 ? 1 : 0
  name  = var.name
  setting {
    name  = "containerInsights" # which counts the running tasks: scaling goes by it
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "service" {
  for_each                 = local.on_fargate
  family                   = local.runs[each.key]
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.start[each.key].arn
  task_role_arn            = aws_iam_role.service[each.key].arn
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }
  container_definitions = jsonencode([{
    name                   = each.key
    image                  = try(var.images[each.key], "")
    essential              = true
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    stopTimeout            = 30 # SIGTERM drains, which takes at most half of it
    environment = [
      { name = "AWS_REGION", value = var.region },
      { name = "STATLINE_STACK", value = var.name },
      { name = "STATLINE_KEEP", value = local.keep },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = var.name
      }
    }
  }])
  lifecycle {
    precondition {
      condition     = var.images != null
      error_message = "compute = \"fargate\" needs images: the URIs of the images of the two services, such as { stats = \"…/stats:1\", audit = \"…/audit:1\" }."
    }
  }
}

resource "aws_ecs_service" "service" {
  for_each        = local.on_fargate
  name            = local.runs[each.key]
  cluster         = aws_ecs_cluster.stack[0].id
  task_definition = aws_ecs_task_definition.service[each.key].arn
  launch_type     = "FARGATE"
  desired_count   = var.fargate_tasks[each.key].min
  propagate_tags  = "SERVICE"
  network_configuration {
    subnets          = local.network.subnets
    security_groups  = local.network.security_groups
    assign_public_ip = local.network.public_ip
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  lifecycle {
    ignore_changes = [desired_count] # which scaling sets
  }
  depends_on = [aws_iam_role_policy.service, aws_iam_role_policy.start]
}

# Who starts a task fetches its image and writes its lines.
resource "aws_iam_role" "start" {
  for_each           = local.on_fargate
  name               = "${local.global}-${each.key}-start"
  description        = "Starts the ${each.key} service of the statline stack ${var.name} in ${var.region}."
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "start" {
  for_each = local.on_fargate
  name     = "start"
  role     = aws_iam_role.start[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([local.write_log[each.key]], flatten([for r in [local.repositories[each.key]] : [
      {
        Sid      = "Registry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "Image"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${r.region}:${r.account}:repository/${r.name}"
      },
    ] if r != null]))
  })
}

# The services as tasks on Fargate.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:user/mock" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  # An apply refuses what is no ARN, a plan has none yet.
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:shop-requests" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/mock:1" }
  }
  mock_resource "aws_appautoscaling_policy" {
    defaults = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:mock" }
  }
}

variables {
  name      = "shop"
  region    = "eu-west-1"
  compute   = "fargate"
  keep_days = 7
  images = {
    stats = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/stats:1"
    audit = "ghcr.io/shop/audit:1"
  }
}

run "tasks" {
  assert {
    condition = alltrue([for s, t in aws_ecs_task_definition.service : alltrue([for c in jsondecode(t.container_definitions) :
      c.image == var.images[s] && c.readonlyRootFilesystem && !startswith(c.user, "0") && c.user != "root" && c.linuxParameters.capabilities.drop == ["ALL"] &&
      contains(c.environment, { name = "STATLINE_STACK", value = "shop" }) && contains(c.environment, { name = "AWS_REGION", value = "eu-west-1" }) && contains(c.environment, { name = "STATLINE_KEEP", value = "168h" })
    ]) && one(t.runtime_platform).cpu_architecture == "ARM64"])
    error_message = "a task runs as root, can write to its image, or is another's"
  }
  assert {
    condition     = alltrue([for queue in aws_sqs_queue.service : queue.visibility_timeout_seconds == 30])
    error_message = "a worker renews what it works on: 30 seconds do"
  }
  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.start["stats"].policy).Statement : [for a in flatten([s.Action]) : "${a} ${s.Resource}"]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop-stats:log-stream:*",
      "logs:PutLogEvents arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop-stats:log-stream:*",
      "ecr:GetAuthorizationToken *",
      "ecr:BatchCheckLayerAvailability arn:aws:ecr:eu-west-1:123456789012:repository/shop/stats",
      "ecr:BatchGetImage arn:aws:ecr:eu-west-1:123456789012:repository/shop/stats",
      "ecr:GetDownloadUrlForLayer arn:aws:ecr:eu-west-1:123456789012:repository/shop/stats",
    ])
    error_message = "what starts stats may do: ${aws_iam_role_policy.start["stats"].policy}"
  }
  assert {
    condition     = length(jsondecode(aws_iam_role_policy.start["audit"].policy).Statement) == 1
    error_message = "an image that is not in ECR needs nothing of it"
  }
  assert {
    condition = jsondecode(aws_iam_role.service["audit"].assume_role_policy).Statement[0] == {
      Effect    = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" }, ArnLike = { "aws:SourceArn" = "arn:aws:ecs:eu-west-1:123456789012:*" } }
    }
    error_message = "others than tasks of this account and region may be the service"
  }
  assert {
    condition     = length(aws_lambda_function.service) + length(aws_iam_role_policy.lines) == 0 && length(aws_cloudwatch_metric_alarm.simple) == 11
    error_message = "there are functions, or alarms of such"
  }
}

run "own_network" {
  assert {
    condition = length(aws_subnet.public) == 2 && length(aws_security_group.tasks[0].ingress) == 0 && alltrue([for e in aws_security_group.tasks[0].egress :
      e.from_port == 443 && e.to_port == 443
    ]) && toset(keys(aws_vpc_endpoint.gateway)) == toset(["dynamodb", "s3"])
    error_message = "the stack's own network lets something in, or out beside TLS"
  }
  assert {
    condition     = alltrue([for s in aws_ecs_service.service : one(s.network_configuration).assign_public_ip && length(one(s.network_configuration).subnets) > 0])
    error_message = "tasks in public subnets without an address reach nothing"
  }
}

run "network_given" {
  variables {
    network = { subnets = ["subnet-1", "subnet-2"], security_groups = ["sg-1"] }
  }
  assert {
    condition = length(aws_vpc.stack) + length(aws_subnet.public) + length(aws_security_group.tasks) + length(aws_vpc_endpoint.gateway) == 0 && alltrue([
      for s in aws_ecs_service.service : one(s.network_configuration).subnets == toset(["subnet-1", "subnet-2"]) && !one(s.network_configuration).assign_public_ip
    ])
    error_message = "a network is made beside the one that is given"
  }
}

run "scaling" {
  assert {
    condition = alltrue([for s, t in aws_appautoscaling_target.service : t.min_capacity == 1 && t.max_capacity == { stats = 10, audit = 4 }[s]]) && (
    length(aws_cloudwatch_metric_alarm.wake) == 0)
    error_message = "other numbers of tasks than asked for"
  }
  assert {
    condition = alltrue([for s, p in aws_appautoscaling_policy.backlog : alltrue([
      for m in one(one(p.target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      contains([for d in one(one(m.metric_stat).metric).dimensions : d.value], "shop-${s}") if length(m.metric_stat) > 0
    ])])
    error_message = "a service scales by another's queue or tasks"
  }
}

run "down_to_none" {
  state_key = "asleep" # else the number of tasks is that of before, which scaling sets
  variables {
    fargate_tasks = { stats = { min = 0 } }
  }
  assert {
    condition     = aws_appautoscaling_target.service["stats"].min_capacity == 0 && aws_ecs_service.service["stats"].desired_count == 0
    error_message = "stats does not go down to none"
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.wake) == ["stats"] && aws_cloudwatch_metric_alarm.wake["stats"].alarm_actions == toset([aws_appautoscaling_policy.wake["stats"].arn])
    error_message = "nothing starts the first task"
  }
}

run "no_images" {
  command = plan
  variables {
    images = null
  }
  expect_failures = [aws_ecs_task_definition.service["stats"], aws_ecs_task_definition.service["audit"]]
}

run "refused" {
  command = plan
  variables {
    fargate_tasks = { audit = { min = 2, max = 1 } }
  }
  expect_failures = [var.fargate_tasks]
}

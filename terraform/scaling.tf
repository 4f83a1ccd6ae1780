# As many tasks as the backlog asks for ("Example: Amazon SQS queue backlog per task",
# Application Auto Scaling User Guide).

locals {
  # The messages that may wait for a task before there is another: a quarter of a
  # processor works some hundred a second, so that none waits long.
  backlog_per_task = 1000

  # Services that may go down to none. There a task has no share of the backlog, so the
  # first is started by an alarm: something waits and nothing is done.
  sleepers = toset([for s in local.on_fargate : s if var.fargate_tasks[s].min == 0])

  waiting = { for s in local.on_fargate : s => {
    namespace  = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", stat = "Maximum"
    dimensions = { QueueName = local.queues[s] }
  } }
  done = { for s in local.on_fargate : s => {
    namespace  = "AWS/SQS", name = "NumberOfMessagesDeleted", stat = "Sum"
    dimensions = { QueueName = local.queues[s] }
  } }
  running = { for s in local.on_fargate : s => {
    namespace  = "ECS/ContainerInsights", name = "RunningTaskCount", stat = "Average"
    dimensions = { ClusterName = var.name, ServiceName = local.runs[s] }
  } }
}

resource "aws_appautoscaling_target" "service" {
  for_each           = local.on_fargate
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.stack[0].name}/${aws_ecs_service.service[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.fargate_tasks[each.key].min
  max_capacity       = var.fargate_tasks[each.key].max
}

resource "aws_appautoscaling_policy" "backlog" {
  for_each           = local.on_fargate
  name               = "${local.runs[each.key]}-backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = local.backlog_per_task
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
    customized_metric_specification {
      metrics {
        id          = "backlog"
        expression  = "waiting / running"
        label       = "Messages waiting for each task"
        return_data = true
      }
      dynamic "metrics" {
        for_each = { waiting = local.waiting[each.key], running = local.running[each.key] }
        content {
          id          = metrics.key
          return_data = false
          metric_stat {
            stat = metrics.value.stat
            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.name
              dynamic "dimensions" {
                for_each = metrics.value.dimensions
                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_policy" "wake" {
  for_each           = local.sleepers
  name               = "${local.runs[each.key]}-wake"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  step_scaling_policy_configuration {
    adjustment_type = "ChangeInCapacity"
    cooldown        = 120
    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "wake" {
  for_each            = local.sleepers
  alarm_name          = "${local.runs[each.key]}-wake"
  alarm_description   = "Messages wait for ${local.runs[each.key]} and none is done: starts a task. No cause for concern."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.wake[each.key].arn]
  metric_query {
    id          = "asleep"
    expression  = "IF(waiting > 0 AND done == 0, 1, 0)"
    label       = "Messages wait and none is done"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { waiting = local.waiting[each.key], done = local.done[each.key] }
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.stat
        period      = 60
      }
    }
  }
}

# What pkg/cloud/names_test.go holds the Go side to, for the tests beside.

terraform {
  required_version = ">= 1.11"
}

output "stack" {
  value = jsondecode(file("${path.module}/../names.json"))
}

output "policies" {
  value = jsondecode(file("${path.module}/../policies.json"))
}

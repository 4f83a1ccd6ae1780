# What pkg/cloud/names_test.go holds the Go side to, for the tests beside.

output "stack" {
  value = jsondecode(file("${path.module}/../names.json"))
}

output "policies" {
  value = jsondecode(file("${path.module}/../policies.json"))
}

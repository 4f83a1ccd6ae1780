# The least: everything as it comes, functions made by ./scripts/build.

terraform {
  required_version = ">= 1.11"
}

module "statline" {
  source = "../.."
}

output "try" {
  value = module.statline.try
}

output "roles" {
  description = "ARNs of the roles by what they are for."
  value       = module.pipeline.roles
}

output "environment" {
  description = "What was made, by name; modules/environment/outputs.tf says what each is."
  value       = module.environment
}

"""The rules. A screen judges one workload and one offering; a coupling ties several workloads or replicas together."""

"""What runs in a cluster, or would by its manifests, as a fleet that can be placed anew."""
